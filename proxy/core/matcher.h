#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/route.h"
#include "proxy/core/types.h"

namespace re2 {
class RE2;
}

namespace shaketable::proxy {

/// A compiled StringMatch. Regular expressions are RE2's: linear time, whole value.
class StringMatcher {
 public:
  explicit StringMatcher(const StringMatch& match);
  ~StringMatcher();
  StringMatcher(StringMatcher&&) noexcept;
  StringMatcher& operator=(StringMatcher&&) noexcept;

  [[nodiscard]] bool matches(std::string_view value) const;

 private:
  StringMatch match_;
  std::unique_ptr<re2::RE2> regex_;
};

/// A compiled RouteMatch. A regular expression that does not compile matches nothing; loaders
/// check with `regex_error` first.
class RouteMatcher {
 public:
  explicit RouteMatcher(const RouteMatch& match);
  ~RouteMatcher();
  RouteMatcher(RouteMatcher&&) noexcept;
  RouteMatcher& operator=(RouteMatcher&&) noexcept;

  /// `path` is `head.path` without its query, `query` what follows "?".
  [[nodiscard]] bool matches(const RequestHead& head, std::string_view path,
                             std::string_view query) const;

 private:
  struct Named {
    std::string name;
    StringMatcher value;
    bool invert;
  };

  [[nodiscard]] bool matches_path(std::string_view path) const;
  [[nodiscard]] static bool matches_header(const Named& header, const RequestHead& head);
  [[nodiscard]] static bool matches_query(const Named& parameter, std::string_view query);

  PathMatch path_;
  std::unique_ptr<re2::RE2> path_regex_;
  std::vector<Named> headers_;
  std::vector<Named> query_;
};

/// Why `pattern` is not a regular expression of RE2, or an empty string.
[[nodiscard]] std::string regex_error(std::string_view pattern);

/// What `rewrite` makes of the path (query kept). `match` is the route's own path match.
[[nodiscard]] std::string rewritten_path(const Rewrite& rewrite, const PathMatch& match,
                                         std::string_view path);

}  // namespace shaketable::proxy
