#include "loadgen/live/target_url.h"

#include <charconv>

#include "proxy/http/grammar.h"
#include "proxy/http/text.h"

namespace shaketable::loadgen::live {
namespace {

using proxy::fail;
using proxy::Result;

constexpr char kExpected[] = "http://host:port/path, https://..., or unix:///path/to.sock:/path";

bool take_scheme(std::string_view& text, std::string_view scheme) {
  if (text.size() < scheme.size() ||
      !proxy::http::equals_ignoring_case(text.substr(0, scheme.size()), scheme)) {
    return false;
  }
  text.remove_prefix(scheme.size());
  return true;
}

/// Path and query behind an authority or socket.
Result<void> take_path(std::string_view rest, TargetUrl& url) {
  if (rest.find('#') != std::string_view::npos) {
    return fail("a URL to load has no fragment", std::string(rest), kExpected);
  }
  const std::size_t question = rest.find('?');
  url.path = rest.substr(0, question);
  url.query = question == std::string_view::npos ? "" : rest.substr(question + 1);
  const std::string whole = (url.path.empty() ? "/" : url.path) + "?" + url.query;
  if (!proxy::http::is_origin_form(whole)) {
    return fail("the path cannot be sent as it is", std::string(rest),
                "an encoded path, such as /a%20b");
  }
  return {};
}

Result<void> take_authority(std::string_view authority, TargetUrl& url) {
  if (authority.find('@') != std::string_view::npos) {
    return fail("a URL to load holds no user", std::string(authority),
                "--auth USER:PASSWORD, or `auth:` in a file");
  }
  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) {
      return fail("an IPv6 address is written in brackets", std::string(authority), kExpected);
    }
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else if (const std::size_t colon = authority.rfind(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (!port.empty()) {
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
    if (port[0] != ':' || error != std::errc{} || end != port.data() + port.size() || number == 0) {
      return fail("not a port from 1 to 65535", std::string(authority), kExpected);
    }
    url.origin.port = number;
  }
  url.origin.host = host;
  if (host.empty() || !proxy::http::is_authority(url.origin.authority())) {
    return fail("no host in the URL", std::string(authority), kExpected);
  }
  return {};
}

}  // namespace

std::string TargetUrl::base_path() const {
  return path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

Result<TargetUrl> parse_target(std::string_view text) {
  TargetUrl url;
  std::string_view rest = text;
  Result<void> taken;
  if (take_scheme(rest, "unix:")) {
    while (rest.starts_with("//")) {
      rest.remove_prefix(1);
    }
    const std::size_t colon = rest.find(':');
    url.origin.unix_path = rest.substr(0, colon);
    url.origin.host = "localhost";
    if (url.origin.unix_path.empty() || url.origin.unix_path.size() > 107) {
      return fail("the path of a Unix socket has 1 to 107 bytes", std::string(text), kExpected);
    }
    taken = take_path(colon == std::string_view::npos ? "" : rest.substr(colon + 1), url);
  } else {
    if (take_scheme(rest, "https://")) {
      url.origin.is_tls = true;
      url.origin.port = 443;
    } else if (!take_scheme(rest, "http://") && rest.find("://") != std::string_view::npos) {
      return fail("a scheme that cannot be loaded", std::string(text), kExpected);
    }
    const std::size_t end = rest.find_first_of("/?#");
    taken = take_authority(rest.substr(0, end), url);
    if (taken) {
      taken = take_path(end == std::string_view::npos ? "" : rest.substr(end), url);
    }
  }
  if (!taken) {
    return tl::unexpected(taken.error());
  }
  return url;
}

}  // namespace shaketable::loadgen::live
