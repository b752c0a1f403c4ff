#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <tl/expected.hpp>

struct x509_st;

/// The checks of an X509-SVID (SPIFFE's "X509-SVID", sections 4 and 5) that come after the chain of
/// certificates has been verified. OpenSSL's verification alone lets a signing certificate, a
/// certificate without or with two SPIFFE ids, or one of a foreign trust domain pass.
namespace shaketable::proxy::http {

/// Whom we accept.
struct SvidRules {
  std::span<const std::string> trust_domains;  ///< Empty = any.
  std::span<const std::string> allowed_ids;    ///< Empty = every id of the trust domains.
};

/// Checks the certificate that a peer proves to own: version 3, not a signing certificate, key
/// usage present, critical and with digitalSignature, exactly one URI name, which is a SPIFFE id
/// with a path, of a trust domain and an id that the rules name. Returns the id, or the reason in
/// words that are safe to log.
[[nodiscard]] tl::expected<std::string, std::string> check_svid(x509_st* leaf,
                                                                const SvidRules& rules);

/// Checks a certificate between the leaf and the trusted one: it may sign certificates and says so,
/// and if it has a SPIFFE id then that of a trust domain, without a path.
[[nodiscard]] tl::expected<void, std::string> check_signing_certificate(x509_st* issuer);

/// Seconds since 1970 at which the certificate expires; 0 when its date cannot be read.
[[nodiscard]] std::int64_t expiry_of(const x509_st* certificate);

}  // namespace shaketable::proxy::http
