#include "loadgen/journey/cookie_jar.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace shaketable::loadgen {
namespace {

using proxy::Instant;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

bool same_word(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

/// Whether a cookie of `cookie_path` goes with a request to `path` (RFC 6265, 5.1.4).
bool path_matches(std::string_view cookie_path, std::string_view path) {
  return path.starts_with(cookie_path) &&
         (path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
          path[cookie_path.size()] == '/');
}

std::string_view default_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos || !path.starts_with('/')
             ? std::string_view("/")
             : path.substr(0, slash);
}

/// Seconds of a Max-Age; nothing if it is no number. Anything long is a hundred years.
std::optional<std::int64_t> seconds_of(std::string_view text) {
  constexpr std::int64_t kMost = 3'153'600'000;
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  if (text.empty()) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = std::min(value * 10 + (c - '0'), kMost);
  }
  return negative ? 0 : value;
}

/// Whether a date lies before the year 2000: the only year (four digits) in it.
bool is_long_ago(std::string_view date) {
  std::size_t digits = 0;
  for (std::size_t i = 0; i <= date.size(); ++i) {
    if (i < date.size() && date[i] >= '0' && date[i] <= '9') {
      ++digits;
      continue;
    }
    if (digits == 4) {
      return date[i - 4] == '1';
    }
    digits = 0;
  }
  return false;
}

}  // namespace

void CookieJar::set(std::string_view header, std::string_view host, std::string_view path,
                    Instant now) {
  const std::size_t end = std::min(header.find(';'), header.size());
  const std::string_view pair = header.substr(0, end);
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) {
    return;
  }
  Cookie cookie;
  cookie.name = trimmed(pair.substr(0, equals));
  cookie.value = trimmed(pair.substr(equals + 1));
  cookie.host = host;
  cookie.path = default_path(path);
  bool has_age = false;
  for (std::string_view rest = header.substr(end); !rest.empty();) {
    rest.remove_prefix(1);
    const std::size_t next = std::min(rest.find(';'), rest.size());
    const std::string_view attribute = rest.substr(0, next);
    rest.remove_prefix(next);
    const std::size_t sign = std::min(attribute.find('='), attribute.size());
    const std::string_view name = trimmed(attribute.substr(0, sign));
    const std::string_view value =
        sign < attribute.size() ? trimmed(attribute.substr(sign + 1)) : std::string_view();
    if (same_word(name, "path") && value.starts_with('/')) {
      cookie.path = value;
    } else if (same_word(name, "max-age")) {
      if (const auto seconds = seconds_of(value)) {
        cookie.expires = proxy::after(now, std::chrono::seconds(*seconds));
        has_age = true;
      }
    } else if (same_word(name, "expires") && !has_age && is_long_ago(value)) {
      cookie.expires = now;
    }
  }
  if (cookie.name.empty() ||
      cookie.name.size() + cookie.value.size() + cookie.path.size() > kMaxCookieBytes) {
    return;
  }
  const auto same = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& other) {
    return other.name == cookie.name && other.host == cookie.host && other.path == cookie.path;
  });
  const bool is_over = cookie.expires <= now;
  if (same != cookies_.end()) {
    if (is_over) {
      cookies_.erase(same);
    } else {
      *same = std::move(cookie);  // it keeps its age
    }
    return;
  }
  if (is_over) {
    return;
  }
  if (cookies_.size() == kMaxCookies) {
    cookies_.erase(cookies_.begin());
  }
  const auto place = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& other) {
    return other.path.size() < cookie.path.size();
  });
  cookies_.insert(place, std::move(cookie));
}

bool CookieJar::append_header(std::string_view host, std::string_view path, Instant now,
                              std::string& out) const {
  bool any = false;
  for (const Cookie& cookie : cookies_) {
    if (cookie.host == host && now < cookie.expires && path_matches(cookie.path, path)) {
      out += any ? "; " : "";
      out += cookie.name;
      out += '=';
      out += cookie.value;
      any = true;
    }
  }
  return any;
}

std::string_view CookieJar::find(std::string_view name) const {
  const auto found = std::find_if(cookies_.begin(), cookies_.end(),
                                  [&](const Cookie& cookie) { return cookie.name == name; });
  return found == cookies_.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace shaketable::loadgen
