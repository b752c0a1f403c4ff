#include "proxy/http/certificate_maker.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace shaketable::proxy::http {
namespace {

using IntegerPtr = std::unique_ptr<ASN1_INTEGER, OpensslDeleter<ASN1_INTEGER, ASN1_INTEGER_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, OpensslDeleter<ASN1_TIME, ASN1_TIME_free>>;
using ExtensionPtr =
    std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION, X509_EXTENSION_free>>;
using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO, BIO_free_all>>;

tl::unexpected<Error> cannot(const std::string& what) {
  return fail("cannot make " + what + ": " + openssl_reason());
}

bool set_time(ASN1_TIME* field, std::int64_t seconds) {
  return field != nullptr && ASN1_TIME_set(field, static_cast<time_t>(seconds)) != nullptr;
}

// RFC 5280, section 4.1.2.2: positive, at most 20 bytes; nobody can guess it.
bool set_random_serial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) {
    return false;
  }
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7fU) | 0x40U);
  BIGNUM* number = BN_bin2bn(bytes, sizeof bytes, nullptr);
  const bool done = number != nullptr &&
                    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return done;
}

bool add_name(X509_NAME* name, const char* field, const std::string& text) {
  return text.empty() ||
         X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

bool add_extensions(X509* certificate, X509* issuer, const CertificateSpec& spec) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  for (const auto& [name, value] : spec.extensions) {
    const ExtensionPtr extension(X509V3_EXT_nconf(nullptr, &context, name.c_str(), value.c_str()));
    if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1) {
      return false;
    }
  }
  return true;
}

template <class Write>
std::string pem_of(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || write(bio.get()) != 1) {
    ERR_clear_error();
    return {};
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);  // NOLINT(google-runtime-int): OpenSSL's
  std::string text(bytes, static_cast<std::size_t>(size));
  OPENSSL_cleanse(bytes, static_cast<std::size_t>(size));
  return text;
}

// Ed25519 keys bring their own digest.
const EVP_MD* digest_of(const EVP_PKEY* key) {
  return EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

bool add_revocation(X509_CRL* list, const Revocation& revocation) {
  std::unique_ptr<X509_REVOKED, OpensslDeleter<X509_REVOKED, X509_REVOKED_free>> entry(
      X509_REVOKED_new());
  const TimePtr at(ASN1_TIME_new());
  const IntegerPtr serial(ASN1_INTEGER_dup(revocation.serial));
  if (entry == nullptr || serial == nullptr || !set_time(at.get(), revocation.at) ||
      X509_REVOKED_set_serialNumber(entry.get(), serial.get()) != 1 ||
      X509_REVOKED_set_revocationDate(entry.get(), at.get()) != 1 ||
      X509_CRL_add0_revoked(list, entry.get()) != 1) {
    return false;
  }
  (void)entry.release();  // The list's now.
  return true;
}

}  // namespace

Result<KeyPtr> make_key() {
  ERR_clear_error();
  KeyPtr key(EVP_EC_gen("P-256"));
  if (key == nullptr) {
    return cannot("a key");
  }
  return key;
}

Result<CertificatePtr> make_certificate(const CertificateSpec& spec, EVP_PKEY* subject_key,
                                        const Signer& signer) {
  ERR_clear_error();
  CertificatePtr made(X509_new());
  X509* it = made.get();
  X509* issuer = signer.certificate == nullptr ? it : signer.certificate;
  const bool done = it != nullptr && X509_set_version(it, X509_VERSION_3) == 1 &&
                    set_random_serial(it) &&
                    set_time(X509_getm_notBefore(it), spec.validity.not_before) &&
                    set_time(X509_getm_notAfter(it), spec.validity.not_after) &&
                    add_name(X509_get_subject_name(it), "O", spec.organization) &&
                    add_name(X509_get_subject_name(it), "CN", spec.common_name) &&
                    X509_set_issuer_name(it, X509_get_subject_name(issuer)) == 1 &&
                    X509_set_pubkey(it, subject_key) == 1 && add_extensions(it, issuer, spec) &&
                    X509_sign(it, signer.key, digest_of(signer.key)) > 0;
  if (!done) {
    return cannot("a certificate");
  }
  return made;
}

Result<RevocationListPtr> make_revocation_list(const std::vector<Revocation>& revocations,
                                               std::int64_t number, const Validity& validity,
                                               const Signer& signer) {
  ERR_clear_error();
  RevocationListPtr made(X509_CRL_new());
  X509_CRL* it = made.get();
  const TimePtr from(ASN1_TIME_new());
  const TimePtr until(ASN1_TIME_new());
  const IntegerPtr serial(ASN1_INTEGER_new());
  bool done = it != nullptr && set_time(from.get(), validity.not_before) &&
              set_time(until.get(), validity.not_after) && serial != nullptr &&
              ASN1_INTEGER_set_int64(serial.get(), number) == 1 &&
              X509_CRL_set_version(it, X509_CRL_VERSION_2) == 1 &&
              X509_CRL_set_issuer_name(it, X509_get_subject_name(signer.certificate)) == 1 &&
              X509_CRL_set1_lastUpdate(it, from.get()) == 1 &&
              X509_CRL_set1_nextUpdate(it, until.get()) == 1 &&
              X509_CRL_add1_ext_i2d(it, NID_crl_number, serial.get(), 0, 0) == 1;
  for (const Revocation& revocation : revocations) {
    done = done && add_revocation(it, revocation);
  }
  if (!done || X509_CRL_sort(it) != 1 ||
      X509_CRL_sign(it, signer.key, digest_of(signer.key)) <= 0) {
    return cannot("a revocation list");
  }
  return made;
}

CertificateSpec authority_spec(const std::string& trust_domain, Validity validity) {
  constexpr std::size_t kLongestName = 64;  // RFC 5280, appendix A.
  return {.organization = trust_domain.substr(0, kLongestName),
          .common_name = "authority",
          .validity = validity,
          .extensions = {{"basicConstraints", "critical,CA:TRUE"},
                         {"keyUsage", "critical,keyCertSign,cRLSign"},
                         {"subjectKeyIdentifier", "hash"},
                         {"subjectAltName", "URI:spiffe://" + trust_domain}}};
}

CertificateSpec workload_spec(const WorkloadNames& names, Validity validity) {
  std::string all = "URI:" + names.spiffe_id;
  for (const std::string& name : names.dns) {
    all += ",DNS:" + name;
  }
  for (const std::string& address : names.ips) {
    all += ",IP:" + address;
  }
  // The subject is empty, so the names must be critical (RFC 5280, section 4.1.2.6).
  return {.organization = {},
          .common_name = {},
          .validity = validity,
          .extensions = {{"basicConstraints", "critical,CA:FALSE"},
                         {"keyUsage", "critical,digitalSignature"},
                         {"extendedKeyUsage", "serverAuth,clientAuth"},
                         {"subjectKeyIdentifier", "hash"},
                         {"authorityKeyIdentifier", "keyid:always"},
                         {"subjectAltName", "critical," + all}}};
}

std::string to_pem(const X509* certificate) {
  return pem_of([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string to_pem(const X509_CRL* list) {
  return pem_of([list](BIO* bio) { return PEM_write_bio_X509_CRL(bio, list); });
}

std::string to_pem(const EVP_PKEY* key) {
  return pem_of([key](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace shaketable::proxy::http
