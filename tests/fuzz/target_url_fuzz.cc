#include <cstddef>
#include <cstdint>
#include <string>

#include "loadgen/live/target_url.h"
#include "tests/fuzz/require.h"

// URLs that somebody types, or that a redirect names. What must hold: no crash; what is accepted
// can be sent as it is, and its parts make a URL with the same parts.
namespace shaketable::loadgen::live {
namespace {

/// Nothing in it ends a line or a word of a request's head.
bool is_one_word(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
      return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto url = parse_target(std::string(reinterpret_cast<const char*>(data), size));
  if (!url) {
    require(!url.error().message.empty());
    return 0;
  }
  require(is_one_word(url->path) && is_one_word(url->query));
  require(url->path.empty() || url->path.front() == '/');
  const Origin& origin = url->origin;
  if (!origin.unix_path.empty()) {
    require(origin.unix_path.size() <= 107);
    return 0;
  }
  require(!origin.host.empty() && origin.port != 0 && is_one_word(origin.host));
  const std::string again = std::string(origin.is_tls ? "https://" : "http://") +
                            origin.authority() + url->path +
                            (url->query.empty() ? "" : "?" + url->query);
  const auto same = parse_target(again);
  require(same.has_value());
  require(same->origin.host == origin.host && same->origin.port == origin.port &&
          same->origin.is_tls == origin.is_tls);
  require(same->path == url->path && same->query == url->query);
  return 0;
}

}  // namespace shaketable::loadgen::live
