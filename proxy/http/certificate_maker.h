#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/http/tls_files.h"

/// Makes certificates: for `shaketable-proxy certs`, and for tests, which also need bad ones. It
/// checks nothing. Keys are P-256, signatures ECDSA with SHA-256.
namespace shaketable::proxy::http {

/// Seconds since 1970.
struct Validity {
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;
};

/// What a certificate says. Extensions are names and values as in OpenSSL's configuration files:
/// {"basicConstraints", "critical,CA:TRUE"}, {"subjectAltName", "URI:spiffe://mesh.test/a"}.
struct CertificateSpec {
  std::string organization;
  std::string common_name;  ///< Either may be empty.
  Validity validity;
  std::vector<std::pair<std::string, std::string>> extensions;
};

/// Who signs.
struct Signer {
  X509* certificate = nullptr;  ///< nullptr = the key signs itself.
  EVP_PKEY* key = nullptr;
};

[[nodiscard]] Result<KeyPtr> make_key();
/// A certificate for `subject_key` with a random serial number of 127 bits.
[[nodiscard]] Result<CertificatePtr> make_certificate(const CertificateSpec& spec,
                                                      EVP_PKEY* subject_key, const Signer& signer);

/// One certificate that is not good any more.
struct Revocation {
  const ASN1_INTEGER* serial = nullptr;
  std::int64_t at = 0;  ///< Seconds since 1970.
};
/// A revocation list; `number` must grow from list to list.
[[nodiscard]] Result<RevocationListPtr> make_revocation_list(
    const std::vector<Revocation>& revocations, std::int64_t number, const Validity& validity,
    const Signer& signer);

/// The X.509 extensions of an authority and of a workload with the SPIFFE id, as X509-SVID wants
/// them. `dns` and `ips` become further names of the workload.
[[nodiscard]] CertificateSpec authority_spec(const std::string& trust_domain, Validity validity);
struct WorkloadNames {
  std::string spiffe_id;
  std::vector<std::string> dns;
  std::vector<std::string> ips;
};
[[nodiscard]] CertificateSpec workload_spec(const WorkloadNames& names, Validity validity);

[[nodiscard]] std::string to_pem(const X509* certificate);
[[nodiscard]] std::string to_pem(const X509_CRL* list);
[[nodiscard]] std::string to_pem(const EVP_PKEY* key);  ///< PKCS#8, not encrypted.

}  // namespace shaketable::proxy::http
