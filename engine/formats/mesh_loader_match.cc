#include <algorithm>
#include <string>
#include <utility>

#include <re2/re2.h>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"

// `match:` of a route.
namespace shaketable::engine {
namespace {

using Kind = proxy::StringMatch::Kind;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

/// A text (exact), or a map with one way to compare. `missing` is set by `present: false`.
std::optional<proxy::StringMatch> read_string_match(const Node& node, bool& missing,
                                                    LoaderContext& context) {
  proxy::StringMatch match;
  if (!node.is_map()) {
    const auto text = read_string(&node, context.diagnostics);
    match = {Kind::kExact, text.value_or(""), false};
    return text ? std::optional(match) : std::nullopt;
  }
  constexpr std::pair<const char*, Kind> kKinds[] = {{"exact", Kind::kExact},
                                                     {"prefix", Kind::kPrefix},
                                                     {"suffix", Kind::kSuffix},
                                                     {"contains", Kind::kContains},
                                                     {"regex", Kind::kRegex}};
  ObjectReader map(&node, spec::kStringMatch, context.diagnostics);
  for (const auto& [key, kind] : kKinds) {
    const Node* value = map.get(key);
    if (const auto text = kind == Kind::kRegex ? read_regex(value, context)
                                               : read_string(value, context.diagnostics)) {
      match = {kind, *text, false};
    }
  }
  if (const auto present = read_bool(map.get("present"), context.diagnostics)) {
    match = {};
    missing = !*present;
  }
  map.finish();
  return match;
}

void read_path(ObjectReader& map, const Node& node, proxy::PathMatch& path,
               LoaderContext& context) {
  using PathKind = proxy::PathMatch::Kind;
  constexpr std::pair<const char*, PathKind> kKinds[] = {
      {"path", PathKind::kExact},
      {"prefix", PathKind::kPrefix},
      {"segment_prefix", PathKind::kSegmentPrefix},
      {"regex", PathKind::kRegex}};
  int written = 0;
  for (const auto& [key, kind] : kKinds) {
    const Node* value = map.get(key);
    written += value != nullptr ? 1 : 0;
    const auto text = kind == PathKind::kRegex ? read_regex(value, context)
                                               : read_string(value, context.diagnostics);
    if (!text) {
      continue;
    }
    path.kind = kind;
    path.text = *text;
    if (kind != PathKind::kRegex && !text->starts_with('/')) {
      context.error(*value, code::kBadRoute, "a path begins with \"/\"", "\"/" + *text + "\"");
    }
  }
  assign(path.ignore_case, read_bool(map.get("ignore_case"), context.diagnostics));
  if (written > 1) {
    context.error(node, code::kBadRoute, "a match has one kind of path",
                  "one of path, prefix, segment_prefix, regex");
  }
}

proxy::RouteMatch read_match(const Node& node, LoaderContext& context) {
  proxy::RouteMatch match;
  ObjectReader map(&node, spec::kRouteMatch, context.diagnostics);
  read_path(map, node, match.path, context);
  const auto add_header = [&](const std::string& name, const Node& value) {
    bool missing = false;
    if (auto text = read_string_match(value, missing, context)) {
      match.headers.push_back({name, *std::move(text), missing});
    }
  };
  if (const Node* method = map.get("method")) {
    if (const auto text = read_string(method, context.diagnostics)) {
      match.headers.push_back({":method", {Kind::kExact, *text, false}, false});
    }
  }
  if (const Node* authority = map.get("authority")) {
    add_header(":authority", *authority);
  }
  for (const MapEntry& item :
       read_entries(map.get("headers"), context.diagnostics, "a map of headers")) {
    if (read_name(item.key, context.diagnostics)) {
      add_header(lower(item.key->text()), *item.value);
    }
  }
  for (const MapEntry& item :
       read_entries(map.get("query"), context.diagnostics, "a map of query parameters")) {
    bool missing = false;
    auto text = read_string_match(*item.value, missing, context);
    if (missing) {
      context.error(*item.value, code::kBadRoute, "a query parameter cannot be asked to be missing",
                    "a value, or `present: true`");
    } else if (text && read_name(item.key, context.diagnostics)) {
      match.query.push_back({std::string(item.key->text()), *std::move(text)});
    }
  }
  map.finish();
  return match;
}

}  // namespace

std::optional<std::string> read_regex(const Node* node, LoaderContext& context) {
  auto text = read_string(node, context.diagnostics, 4'096);
  if (!text) {
    return std::nullopt;
  }
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 expression(*text, options);
  if (!expression.ok()) {
    context.error(*node, code::kBadRegex,
                  quoted(*text) + " is no regular expression: " + printable(expression.error()),
                  "RE2 syntax");
    return std::nullopt;
  }
  return text;
}

std::vector<proxy::RouteMatch> read_matches(const Node* node, LoaderContext& context) {
  if (node == nullptr) {
    return {proxy::RouteMatch{}};
  }
  if (!node->is_sequence()) {
    return {read_match(*node, context)};
  }
  std::vector<proxy::RouteMatch> matches;
  for (const Node* item : node->items()) {
    matches.push_back(read_match(*item, context));
  }
  if (matches.empty()) {
    context.error(*node, code::kBadRoute, "a list of matches without a match", "at least one");
  }
  return matches;
}

}  // namespace shaketable::engine
