#include "proxy/http/fields.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace shaketable::proxy::http {
namespace {

// Sorted, for a binary search.
constexpr std::array<std::string_view, 56> kForbiddenTrailers = {
    "accept-encoding",
    "accept-ranges",
    "age",
    "allow",
    "authentication-info",
    "authorization",
    "cache-control",
    "clear-site-data",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-security-policy",
    "content-type",
    "cookie",
    "date",
    "expect",
    "expires",
    "forwarded",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "refresh",
    "retry-after",
    "set-cookie",
    "strict-transport-security",
    "te",
    "tk",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-real-ip",
    "x-request-id",
    "x-xss-protection",
};
static_assert(std::is_sorted(kForbiddenTrailers.begin(), kForbiddenTrailers.end()));

/// Prefixes of what proxies say to each other and to the application.
bool has_proxy_prefix(std::string_view name) {
  constexpr std::array<std::string_view, 6> kPrefixes = {"x-forwarded-", "x-envoy-", "x-mesh-",
                                                         "x-original-",  "l5d-",     "x-istio-"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

/// Equality of texts of the same length: the compiler makes one or two comparisons of it.
template <std::size_t N>
bool is(std::string_view name, const char (&text)[N]) {
  return std::memcmp(name.data(), text, N - 1) == 0;
}

}  // namespace

KnownField known_field_slowly(std::string_view name) {
  switch (name.size()) {
    case 2:
      return is(name, "te") ? KnownField::kTe : KnownField::kNone;
    case 4:
      return is(name, "host") ? KnownField::kHost : KnownField::kNone;
    case 6:
      return is(name, "expect") ? KnownField::kExpect : KnownField::kNone;
    case 7:
      return is(name, "upgrade") ? KnownField::kUpgrade : KnownField::kNone;
    case 10:
      return is(name, "connection")   ? KnownField::kConnection
             : is(name, "keep-alive") ? KnownField::kHop
                                      : KnownField::kNone;
    case 14:
      return is(name, "content-length")   ? KnownField::kContentLength
             : is(name, "http2-settings") ? KnownField::kHttp2Settings
                                          : KnownField::kNone;
    case 16:
      return is(name, "proxy-connection") ? KnownField::kHop : KnownField::kNone;
    case 17:
      return is(name, "transfer-encoding") ? KnownField::kTransferEncoding : KnownField::kNone;
    case 18:
      return is(name, "proxy-authenticate") ? KnownField::kHop : KnownField::kNone;
    case 19:
      return is(name, "proxy-authorization") ? KnownField::kHop : KnownField::kNone;
    default:
      return KnownField::kNone;
  }
}

bool is_hop_by_hop(std::string_view name) {
  switch (known_field(name)) {
    case KnownField::kNone:
    case KnownField::kHost:
    case KnownField::kContentLength:
    case KnownField::kExpect:
      return false;
    case KnownField::kTransferEncoding:
    case KnownField::kConnection:
    case KnownField::kTe:
    case KnownField::kUpgrade:
    case KnownField::kHttp2Settings:
    case KnownField::kHop:
      return true;
  }
  return false;
}

bool is_never_nominated(std::string_view name) {
  return name == "host" || name == "content-length" || name == "transfer-encoding" ||
         name == "trailer" || name == "connection";
}

bool is_forbidden_trailer(std::string_view name) {
  return std::binary_search(kForbiddenTrailers.begin(), kForbiddenTrailers.end(), name) ||
         has_proxy_prefix(name) || hides_a_known_field(name);
}

bool is_identity_field(std::string_view name) {
  return name == "x-forwarded-client-cert" || name.starts_with("x-mesh-") ||
         name == "l5d-client-id" || name == "x-envoy-peer-metadata" ||
         name == "x-envoy-peer-metadata-id";
}

bool hides_a_known_field(std::string_view name) {
  constexpr std::size_t kLongest = 40;  // of the names and prefixes that are looked for
  if (name.find('_') == std::string_view::npos) {
    return false;
  }
  std::array<char, kLongest> twin{};
  const std::size_t size = std::min(name.size(), kLongest);
  std::transform(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(size), twin.begin(),
                 [](char c) { return c == '_' ? '-' : c; });
  const std::string_view plain(twin.data(), size);
  return known_field(plain) != KnownField::kNone || has_proxy_prefix(plain) ||
         std::binary_search(kForbiddenTrailers.begin(), kForbiddenTrailers.end(), plain);
}

}  // namespace shaketable::proxy::http
