#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "proxy/base/result.h"

/// PEM files as OpenSSL's objects. Part of the TLS adapter: nothing else includes it.
namespace shaketable::proxy::http {

template <class T, void (*kFree)(T*)>
struct OpensslDeleter {
  void operator()(T* object) const { kFree(object); }
};
using CertificatePtr = std::unique_ptr<X509, OpensslDeleter<X509, X509_free>>;
using RevocationListPtr = std::unique_ptr<X509_CRL, OpensslDeleter<X509_CRL, X509_CRL_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY, EVP_PKEY_free>>;

/// A whole file of at most 4 MiB; never waits on a pipe or device.
[[nodiscard]] Result<std::string> read_small_file(const std::string& path);

/// All certificates of a PEM file, in their order, at least one.
[[nodiscard]] Result<std::vector<CertificatePtr>> read_certificates(const std::string& path);
/// All revocation lists of a PEM file, at least one.
[[nodiscard]] Result<std::vector<RevocationListPtr>> read_revocation_lists(const std::string& path);
/// The private key of a PEM file. An encrypted one is an error: there is nobody to ask.
[[nodiscard]] Result<KeyPtr> read_private_key(const std::string& path);

/// The DNS names that a certificate is for, lower case, wildcards as `*.a.test`.
[[nodiscard]] std::vector<std::string> dns_names_of(const X509* certificate);

/// What OpenSSL says about its last failure, "no start line"; empties its queue.
[[nodiscard]] std::string openssl_reason();

}  // namespace shaketable::proxy::http
