#include <algorithm>

#include "engine/formats/istio_readers.h"

namespace shaketable::engine::istio {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Digits and dots, or anything with a colon: close enough to an address, and never a DNS name.
bool looks_like_address(std::string_view host) {
  const auto is_part = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  const auto is_hex = [](char c) { return is_alphanumeric(c) || c == ':' || c == '.'; };
  const bool v4 = std::all_of(host.begin(), host.end(), is_part) &&
                  std::count(host.begin(), host.end(), '.') == 3;
  const bool v6 = std::count(host.begin(), host.end(), ':') >= 2 &&
                  std::all_of(host.begin(), host.end(), is_hex);
  return v4 || v6;
}

}  // namespace

bool is_dns_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && is_alphanumeric(label.front()) &&
         is_alphanumeric(label.back()) && std::all_of(label.begin(), label.end(), [](char c) {
           return is_alphanumeric(c) || c == '-';
         });
}

bool is_valid_host(std::string_view host) {
  if (host.empty() || host.size() > 255) {
    return false;
  }
  if (looks_like_address(host)) {
    return true;
  }
  bool first = true;
  while (!host.empty()) {
    const std::size_t dot = host.find('.');
    std::string_view label = host.substr(0, dot);
    host = dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
    if (dot != std::string_view::npos && host.empty()) {
      return is_dns_label(label);  // A trailing dot.
    }
    if (first && label.starts_with('*')) {
      label.remove_prefix(label.starts_with("*-") ? 2 : 1);
      if (!label.empty() && !is_dns_label(label)) {
        return false;
      }
    } else if (!is_dns_label(label)) {
      return false;
    }
    first = false;
  }
  return true;
}

}  // namespace shaketable::engine::istio
