#include "proxy/http/spiffe_id.h"

namespace shaketable::proxy::http {
namespace {

constexpr std::string_view kScheme = "spiffe://";

constexpr bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
constexpr bool is_mark(char c) { return c == '.' || c == '-' || c == '_'; }

constexpr bool is_path_byte(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || is_mark(c);
}

// Nothing when the path (which begins with a slash) is good.
std::string_view fault_of_path(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // The slash.
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment.empty()) {
      return "has an empty path segment";
    }
    if (segment == "." || segment == "..") {
      return "has a relative path segment";
    }
    for (const char c : segment) {
      if (!is_path_byte(c)) {
        return "has a forbidden character in its path";
      }
    }
    path.remove_prefix(segment.size());
  }
  return {};
}

}  // namespace

bool is_trust_domain(std::string_view text) {
  if (text.empty() || text.size() > kMaxTrustDomainBytes) {
    return false;
  }
  for (const char c : text) {
    if (!is_lower_or_digit(c) && !is_mark(c)) {
      return false;
    }
  }
  return true;
}

tl::expected<SpiffeId, std::string_view> parse_spiffe_id(std::string_view text) {
  if (text.size() > kMaxSpiffeIdBytes) {
    return tl::unexpected(std::string_view("is longer than 2048 bytes"));
  }
  if (!text.starts_with(kScheme)) {
    return tl::unexpected(std::string_view("does not begin with spiffe://"));
  }
  text.remove_prefix(kScheme.size());
  const std::string_view trust_domain = text.substr(0, text.find('/'));
  if (!is_trust_domain(trust_domain)) {
    return tl::unexpected(std::string_view("has an invalid trust domain"));
  }
  const std::string_view path = text.substr(trust_domain.size());
  if (const std::string_view fault = fault_of_path(path); !fault.empty()) {
    return tl::unexpected(fault);
  }
  return SpiffeId{trust_domain, path};
}

}  // namespace shaketable::proxy::http
