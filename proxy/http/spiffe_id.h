#pragma once

#include <cstddef>
#include <string_view>

#include <tl/expected.hpp>

namespace shaketable::proxy::http {

/// Longest SPIFFE id that is read; the specification (SPIFFE-ID, section 2.3) demands no more.
inline constexpr std::size_t kMaxSpiffeIdBytes = 2048;
/// Longest trust domain (SPIFFE-ID, section 2.1).
inline constexpr std::size_t kMaxTrustDomainBytes = 255;

/// `spiffe://mesh.test/ns/shop/sa/cart` taken apart. Views into the text that was read.
struct SpiffeId {
  std::string_view trust_domain;  ///< "mesh.test"
  std::string_view path;          ///< "/ns/shop/sa/cart", or empty: the id of the trust domain.
};

/// Reads a SPIFFE id by the grammar of SPIFFE-ID section 2, to the letter: lower-case scheme and
/// trust domain of `a-z 0-9 . - _`; path segments of letters, digits and `. - _`, none of them
/// empty, "." or ".."; no port, user, query, fragment, percent-encoding or trailing slash. What is
/// accepted has no byte that could hurt a log. The error is a phrase ("has an empty segment").
[[nodiscard]] tl::expected<SpiffeId, std::string_view> parse_spiffe_id(std::string_view text);

/// Whether the text is a trust domain by the same rules.
[[nodiscard]] bool is_trust_domain(std::string_view text);

}  // namespace shaketable::proxy::http
