#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// The cookies of one session (RFC 6265), for the hosts that it talks to.
///
/// A cookie goes back to the host that set it, below its path, until its Max-Age has passed.
/// `Expires` is a moment of a calendar that a session does not have: dates before the year 2000
/// mean "delete", as servers use them, later ones the end of the session. Domain, Secure and
/// SameSite do not widen or narrow anything: a session talks to the hosts of one load. Not
/// thread-safe; no memory while it is empty.
class CookieJar {
 public:
  static constexpr std::size_t kMaxCookies = 200;       ///< Beyond it the oldest goes.
  static constexpr std::size_t kMaxCookieBytes = 8192;  ///< Name, value and path; longer: ignored.

  /// Takes the value of a `set-cookie` header of an answer to `path` (without query) of `host`.
  void set(std::string_view header, std::string_view host, std::string_view path,
           proxy::Instant now);
  /// Appends the value of a `cookie` header for a request; true if there is anything in it. Longer
  /// paths first, then older cookies.
  bool append_header(std::string_view host, std::string_view path, proxy::Instant now,
                     std::string& out) const;
  /// The value of a cookie by name, whatever its path; empty if there is none.
  [[nodiscard]] std::string_view find(std::string_view name) const;

  void clear() { cookies_.clear(); }
  [[nodiscard]] bool empty() const { return cookies_.empty(); }
  [[nodiscard]] std::size_t size() const { return cookies_.size(); }

 private:
  struct Cookie {
    std::string name, value, host, path;
    proxy::Instant expires = proxy::kNever;
  };
  std::vector<Cookie> cookies_;  ///< Longer paths first, older ones first among them.
};

}  // namespace shaketable::loadgen
