#include "proxy/core/matcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <re2/re2.h>

namespace shaketable::proxy {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals(std::string_view a, std::string_view b, bool ignore_case) {
  if (a.size() != b.size()) {
    return false;
  }
  return ignore_case ? std::equal(a.begin(), a.end(), b.begin(),
                                  [](char x, char y) { return lower(x) == lower(y); })
                     : a == b;
}

bool has_prefix(std::string_view value, std::string_view prefix, bool ignore_case) {
  return value.size() >= prefix.size() &&
         equals(value.substr(0, prefix.size()), prefix, ignore_case);
}

bool contains(std::string_view value, std::string_view text, bool ignore_case) {
  const auto same = [ignore_case](char x, char y) {
    return ignore_case ? lower(x) == lower(y) : x == y;
  };
  return std::search(value.begin(), value.end(), text.begin(), text.end(), same) != value.end();
}

std::unique_ptr<re2::RE2> compile(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto regex =
      std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  return regex;
}

bool full_match(const re2::RE2& regex, std::string_view value) {
  return regex.ok() && re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), regex);
}

std::optional<std::string_view> header_value(const RequestHead& head, std::string_view name) {
  if (name == ":method") {
    return head.method;
  }
  if (name == ":authority" || name == "host") {
    return head.authority;
  }
  if (name == ":scheme") {
    return head.scheme;
  }
  if (name == ":path") {
    return head.path;
  }
  for (const Header& header : head.headers) {
    if (header.name == name) {
      return header.value;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equal = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equal) == name) {
      return equal < pair.size() ? pair.substr(equal + 1) : std::string_view{};
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

}  // namespace

StringMatcher::StringMatcher(const StringMatch& match) : match_(match) {
  if (match_.kind == StringMatch::Kind::kRegex) {
    regex_ = compile(match_.text);
  }
}
StringMatcher::~StringMatcher() = default;
StringMatcher::StringMatcher(StringMatcher&&) noexcept = default;
StringMatcher& StringMatcher::operator=(StringMatcher&&) noexcept = default;

bool StringMatcher::matches(std::string_view value) const {
  switch (match_.kind) {
    case StringMatch::Kind::kExact:
      return equals(value, match_.text, match_.ignore_case);
    case StringMatch::Kind::kPrefix:
      return has_prefix(value, match_.text, match_.ignore_case);
    case StringMatch::Kind::kSuffix:
      return value.size() >= match_.text.size() &&
             equals(value.substr(value.size() - match_.text.size()), match_.text,
                    match_.ignore_case);
    case StringMatch::Kind::kContains:
      return contains(value, match_.text, match_.ignore_case);
    case StringMatch::Kind::kRegex:
      return full_match(*regex_, value);
    case StringMatch::Kind::kPresent:
      return true;
  }
  return false;
}

RouteMatcher::RouteMatcher(const RouteMatch& match) : path_(match.path) {
  if (path_.kind == PathMatch::Kind::kRegex) {
    path_regex_ = compile(path_.text);
  }
  for (const HeaderMatch& header : match.headers) {
    headers_.push_back({header.name, StringMatcher(header.value), header.invert});
  }
  for (const QueryMatch& parameter : match.query) {
    query_.push_back({parameter.name, StringMatcher(parameter.value), false});
  }
}
RouteMatcher::~RouteMatcher() = default;
RouteMatcher::RouteMatcher(RouteMatcher&&) noexcept = default;
RouteMatcher& RouteMatcher::operator=(RouteMatcher&&) noexcept = default;

bool RouteMatcher::matches(const RequestHead& head, std::string_view path,
                           std::string_view query) const {
  if (!matches_path(path)) {
    return false;
  }
  const auto header_fits = [&](const Named& header) { return matches_header(header, head); };
  const auto query_fits = [&](const Named& parameter) { return matches_query(parameter, query); };
  return std::all_of(headers_.begin(), headers_.end(), header_fits) &&
         std::all_of(query_.begin(), query_.end(), query_fits);
}

bool RouteMatcher::matches_path(std::string_view path) const {
  switch (path_.kind) {
    case PathMatch::Kind::kAny:
      return true;
    case PathMatch::Kind::kExact:
      return equals(path, path_.text, path_.ignore_case);
    case PathMatch::Kind::kPrefix:
      return has_prefix(path, path_.text, path_.ignore_case);
    case PathMatch::Kind::kSegmentPrefix: {
      std::string_view prefix = path_.text;
      if (prefix.ends_with('/')) {
        prefix.remove_suffix(1);
      }
      return has_prefix(path, prefix, path_.ignore_case) &&
             (path.size() == prefix.size() || path[prefix.size()] == '/');
    }
    case PathMatch::Kind::kRegex:
      return full_match(*path_regex_, path);
  }
  return false;
}

bool RouteMatcher::matches_header(const Named& header, const RequestHead& head) {
  const std::optional<std::string_view> value = header_value(head, header.name);
  const bool found = value.has_value() && header.value.matches(*value);
  return found != header.invert;
}

bool RouteMatcher::matches_query(const Named& parameter, std::string_view query) {
  const std::optional<std::string_view> value = query_value(query, parameter.name);
  return value.has_value() && parameter.value.matches(*value);
}

std::string regex_error(std::string_view pattern) {
  const std::unique_ptr<re2::RE2> regex = compile(pattern);
  return regex->ok() ? std::string() : regex->error();
}

std::string rewritten_path(const Rewrite& rewrite, const PathMatch& match, std::string_view path) {
  const std::size_t question = std::min(path.find('?'), path.size());
  const std::string_view query = path.substr(question);
  std::string result(path.substr(0, question));
  if (!rewrite.regex.empty()) {
    re2::RE2::GlobalReplace(&result, *compile(rewrite.regex), rewrite.substitution);
  } else if (!rewrite.prefix.empty()) {
    // An exact or regex match is replaced as a whole; a prefix match keeps what follows it.
    const bool is_prefix =
        match.kind == PathMatch::Kind::kPrefix || match.kind == PathMatch::Kind::kSegmentPrefix;
    std::string_view prefix = match.text;
    if (match.kind == PathMatch::Kind::kSegmentPrefix && prefix.ends_with('/')) {
      prefix.remove_suffix(1);  // "/foo/" is "/foo"
    }
    const std::size_t matched = is_prefix ? std::min(prefix.size(), result.size())
                                : match.kind == PathMatch::Kind::kAny ? 0
                                                                      : result.size();
    std::string rest = result.substr(matched);
    // Gateway API's ReplacePrefixMatch joins with exactly one slash.
    if (match.kind == PathMatch::Kind::kSegmentPrefix && rewrite.prefix.ends_with('/') &&
        rest.starts_with('/')) {
      rest.erase(0, 1);
    }
    result = rewrite.prefix + rest;
  }
  return result.append(query);
}

}  // namespace shaketable::proxy
