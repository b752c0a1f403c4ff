#include <algorithm>
#include <cstddef>

#include "proxy/core/matcher.h"
#include "proxy/http/forwarding.h"
#include "proxy/http/grammar.h"
#include "proxy/http/text.h"

namespace shaketable::proxy::http {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || has_class(c, kDigit) || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

char upper_hex(char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; }

/// Most paths are in their normal form: no "%", no "/.", no backslash.
bool is_normal(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' || path[i] == '\\' ||
        (path[i] == '/' && i + 1 < path.size() && path[i + 1] == '.')) {
      return false;
    }
  }
  return true;
}

/// Decodes in place what must be decoded; returns the new size, or 0 for a broken "%" or a NUL.
std::size_t decode_unreserved(std::string& path, std::size_t size) {
  std::size_t out = 0;
  for (std::size_t in = 0; in < size; ++in) {
    if (path[in] != '%') {
      path[out++] = path[in];
      continue;
    }
    if (in + 2 >= size || !has_class(path[in + 1], kHexDigit) ||
        !has_class(path[in + 2], kHexDigit)) {
      return 0;
    }
    const char high = path[in + 1];
    const char low = path[in + 2];
    in += 2;
    const auto c = static_cast<char>(hex_value(high) << 4U | hex_value(low));
    if (c == '\0') {
      return 0;
    }
    if (is_unreserved(c)) {
      path[out++] = c;
    } else {
      path[out++] = '%';
      path[out++] = upper_hex(high);
      path[out++] = upper_hex(low);
    }
  }
  return out;
}

/// RFC 3986 section 5.2.4, in place; a ".." above the root is dropped. Returns the new size.
std::size_t remove_dot_segments(std::string& path, std::size_t size) {
  std::size_t out = 0;
  std::size_t in = 0;
  while (in < size) {
    // Each round takes one segment with the slash in front of it.
    const std::size_t slash = std::min(path.find('/', in + 1), size);
    const std::string_view segment = std::string_view(path).substr(in + 1, slash - in - 1);
    const bool is_last = slash == size;
    if (segment == "." || segment == "..") {
      if (segment == "..") {
        while (out > 0 && path[--out] != '/') {
        }
      }
      if (is_last) {
        path[out++] = '/';
      }
    } else {
      for (std::size_t i = in; i < slash; ++i) {
        path[out++] = path[i];
      }
    }
    in = slash;
  }
  return out;
}

std::string_view default_port(std::string_view scheme) { return scheme == "https" ? "443" : "80"; }

/// Where the port of an authority begins (at its colon), or its size.
std::size_t port_begin(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  return colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)
             ? authority.size()
             : colon;
}

std::string redirect_authority(const Redirect& redirect, const RequestMessage& request,
                               std::string_view scheme) {
  std::string authority = redirect.authority.empty() ? request.authority : redirect.authority;
  const std::size_t begin = port_begin(authority);
  const std::string_view port =
      begin < authority.size() ? std::string_view(authority).substr(begin + 1) : std::string_view{};
  if (redirect.port != 0) {
    authority.resize(begin);
    if (std::to_string(redirect.port) != default_port(scheme)) {
      authority.append(":").append(std::to_string(redirect.port));
    }
  } else if (scheme != request.scheme && port == default_port(request.scheme)) {
    authority.resize(begin);  // http://shop:80 is not https://shop:80
  }
  return authority;
}

}  // namespace

bool normalize_path(std::string& path) {
  const std::size_t end = std::min(path.find('?'), path.size());
  if (end == 0 || path[0] != '/') {
    return false;
  }
  if (is_normal(std::string_view(path).substr(0, end))) {
    return true;
  }
  if (std::string_view(path).substr(0, end).find('\\') != std::string_view::npos) {
    return false;
  }
  const std::size_t decoded = decode_unreserved(path, end);
  if (decoded == 0) {
    return false;
  }
  const std::size_t size = remove_dot_segments(path, decoded);
  path.erase(size, end - size);
  return true;
}

std::string redirect_location(const Redirect& redirect, const PathMatch& match,
                              const RequestMessage& request) {
  const std::string& scheme = redirect.scheme.empty() ? request.scheme : redirect.scheme;
  const std::size_t question = std::min(request.path.find('?'), request.path.size());
  std::string path;
  if (!redirect.path.empty()) {
    path = redirect.path;
    if (path.find('?') == std::string::npos) {
      path.append(request.path, question);
    }
  } else if (!redirect.prefix_rewrite.empty()) {
    path = rewritten_path(Rewrite{.prefix = redirect.prefix_rewrite}, match, request.path);
  } else {
    path = request.path;
  }
  if (redirect.strip_query && redirect.path.find('?') == std::string::npos) {
    path.resize(std::min(path.find('?'), path.size()));
  }
  return scheme + "://" + redirect_authority(redirect, request, scheme) + path;
}

std::string shadow_authority(std::string_view authority) {
  if (authority.empty() || authority[0] == '[') {
    return std::string(authority);
  }
  const std::size_t begin = port_begin(authority);
  std::string result(authority.substr(0, begin));
  return result.append("-shadow").append(authority.substr(begin));
}

}  // namespace shaketable::proxy::http
