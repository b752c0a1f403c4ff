#pragma once

#include <cstdint>
#include <string_view>

/// What header fields mean to a proxy, the same for both protocols. Names are lower case.
namespace shaketable::proxy::http {

/// Fields that a codec reads or writes by itself, and never passes on as they are.
enum class KnownField : std::uint8_t {
  kNone,  ///< Passed on.
  kHost,
  kContentLength,
  kTransferEncoding,
  kConnection,
  kTe,
  kUpgrade,
  kExpect,
  kHttp2Settings,
  kHop,  ///< keep-alive, proxy-connection, proxy-authenticate, proxy-authorization, ...
};
[[nodiscard]] KnownField known_field_slowly(std::string_view name);
[[nodiscard]] inline KnownField known_field(std::string_view name) {
  // By length and first letter nearly all others are told apart.
  constexpr std::uint32_t kSizes = 1U << 2U | 1U << 4U | 1U << 6U | 1U << 7U | 1U << 10U |
                                   1U << 14U | 1U << 16U | 1U << 17U | 1U << 18U | 1U << 19U;
  constexpr std::uint32_t kFirst = 1U << ('h' - '`') | 1U << ('c' - '`') | 1U << ('t' - '`') |
                                   1U << ('e' - '`') | 1U << ('k' - '`') | 1U << ('u' - '`') |
                                   1U << ('p' - '`');
  if (name.size() > 19 || (kSizes >> name.size() & 1U) == 0 ||
      (kFirst >> (static_cast<unsigned char>(name[0]) & 31U) & 1U) == 0) {
    return KnownField::kNone;
  }
  return known_field_slowly(name);
}

/// Whether the field speaks about one connection only (RFC 9110 section 7.6.1 and its ancestors),
/// so that no proxy may pass it on: connection, keep-alive, proxy-connection, transfer-encoding,
/// upgrade, te, http2-settings, proxy-authenticate, proxy-authorization.
[[nodiscard]] bool is_hop_by_hop(std::string_view name);

/// Whether `connection` must not name the field: taking it away would change where the message goes
/// or where it ends.
[[nodiscard]] bool is_never_nominated(std::string_view name);

/// Whether the field must not stand in a trailer section (RFC 9110 section 6.5.1): framing,
/// routing, modifiers, authentication, what says how to read the body, and what proxies believe.
[[nodiscard]] bool is_forbidden_trailer(std::string_view name);

/// Whether the field says who the peer is, in words that only a proxy may say:
/// x-forwarded-client-cert and its kin. A peer's own ones are never passed on.
[[nodiscard]] bool is_identity_field(std::string_view name);

/// Whether an application that reads "_" as "-" (CGI and its children) would take the field for one
/// that a codec or a proxy answers for: transfer_encoding, x_forwarded_for ... Such a field hides
/// from proxies and is dropped. Others with "_" are passed on.
[[nodiscard]] bool hides_a_known_field(std::string_view name);

}  // namespace shaketable::proxy::http
