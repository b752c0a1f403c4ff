#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"

// `routes:` of a destination.
namespace shaketable::engine {
namespace {

void read_rewrite(const Node* node, proxy::Route& route, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  proxy::Rewrite rewrite;
  ObjectReader map(node, spec::kRewrite, context.diagnostics);
  assign(rewrite.prefix, read_string(map.get("prefix"), context.diagnostics));
  assign(rewrite.regex, read_regex(map.get("regex"), context));
  assign(rewrite.substitution, read_string(map.get("substitution"), context.diagnostics));
  assign(rewrite.authority, read_string(map.get("authority"), context.diagnostics));
  map.finish();
  if (!rewrite.prefix.empty() && !rewrite.regex.empty()) {
    context.error(*node, code::kContradiction, "prefix and regex exclude each other",
                  "one of the two");
  }
  route.rewrite = std::move(rewrite);
}

void read_redirect(const Node* node, proxy::Route& route, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  proxy::Redirect redirect;
  ObjectReader map(node, spec::kRedirect, context.diagnostics);
  const Node* const status = map.get("status");
  assign(redirect.status, read_count(status, context.diagnostics, 300, 399));
  constexpr std::uint16_t kAllowed[] = {301, 302, 303, 307, 308};
  if (std::find(std::begin(kAllowed), std::end(kAllowed), redirect.status) == std::end(kAllowed)) {
    context.error(*status, code::kOutOfRange, "not the status of a redirect",
                  "301, 302, 303, 307 or 308");
  }
  assign(redirect.scheme, read_string(map.get("scheme"), context.diagnostics));
  assign(redirect.authority, read_string(map.get("authority"), context.diagnostics));
  assign(redirect.path, read_string(map.get("path"), context.diagnostics));
  assign(redirect.prefix_rewrite, read_string(map.get("prefix"), context.diagnostics));
  assign(redirect.port, read_count(map.get("port"), context.diagnostics, 1, 65'535));
  assign(redirect.strip_query, read_bool(map.get("strip_query"), context.diagnostics));
  map.finish();
  route.redirect = std::move(redirect);
  route.action = proxy::Route::Action::kRedirect;
}

void read_direct_response(const Node* node, proxy::Route& route, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  proxy::DirectResponse response;
  ObjectReader map(node, spec::kDirectResponse, context.diagnostics);
  assign(response.status, read_count(map.get("status"), context.diagnostics, 200, 599));
  assign(response.body, read_string(map.get("body"), context.diagnostics));
  map.finish();
  route.direct_response = std::move(response);
  route.action = proxy::Route::Action::kDirectResponse;
}

/// One rule for each of its matches.
void read_route(const Node& node, const DestinationPolicy& base, std::vector<RouteRule>& rules,
                LoaderContext& context) {
  RouteRule rule;
  rule.route = base.default_route;
  rule.destinations = base.rules.front().destinations;
  rule.mirrors = base.rules.front().mirrors;
  rule.mark = mark_of(&node);
  ObjectReader map(&node, spec::kRoute, context.diagnostics);
  assign(rule.route.name, read_name(map.get("name"), context.diagnostics));
  const std::vector<proxy::RouteMatch> matches = read_matches(map.get("match"), context);
  const Node* const to = map.get("to");
  const Node* const split = map.get("split");
  if (auto destination = read_route_to(to, base.service, context)) {
    rule.destinations = {*std::move(destination)};
  }
  if (split != nullptr) {
    rule.destinations = read_split(split, base.service, context);
  }
  const int replies = read_route_actions(map, rule.route, context);
  read_route_keys(map, rule.route, nullptr, context);
  if (const Node* mirror = map.get("mirror")) {
    rule.mirrors = read_mirrors(mirror, base.service, context);
  }
  map.finish();
  const int actions = (to != nullptr) + (split != nullptr) + replies;
  if (actions > 1) {
    context.error(node, code::kBadRoute, "a route goes one way only",
                  "one of to, split, redirect, direct_response");
  }
  if (rule.route.action != proxy::Route::Action::kForward) {
    rule.destinations.clear();
    rule.mirrors.clear();
  }
  for (const proxy::RouteMatch& match : matches) {
    if (rules.size() == kMaxRoutes) {
      context.error(node, code::kTooMany, "a destination has too many routes and matches",
                    "at most 1,000");
      return;
    }
    rule.route.match = match;
    rules.push_back(rule);
  }
}

}  // namespace

int read_route_actions(ObjectReader& map, proxy::Route& route, LoaderContext& context) {
  const Node* const redirect = map.get("redirect");
  const Node* const response = map.get("direct_response");
  read_rewrite(map.get("rewrite"), route, context);
  read_redirect(redirect, route, context);
  read_direct_response(response, route, context);
  return (redirect != nullptr) + (response != nullptr);
}

std::optional<RouteDestination> read_route_to(const Node* node, ServiceIndex service,
                                              LoaderContext& context) {
  if (node == nullptr) {
    return std::nullopt;
  }
  RouteDestination to{service, "", 1};
  if (node->is_map()) {
    ObjectReader map(node, spec::kRouteTo, context.diagnostics);
    if (const Node* name = map.get("service")) {
      to.service = context.service(*name);
    }
    const Node* const version = map.get("version");
    if (version != nullptr && to.service != kNone &&
        context.version(to.service, *version) != kNone) {
      to.subset = std::string(version->text());
    }
    map.finish();
    return to.service == kNone ? std::nullopt : std::optional(to);
  }
  if (!read_name(node, context.diagnostics)) {
    return std::nullopt;
  }
  const std::string_view text = node->text();
  if (find_version(context.mesh.services[service], text) != kNone) {
    to.subset = std::string(text);
    return to;
  }
  std::size_t rest = 0;
  to.service = context.split_service(text, rest);
  if (to.service == kNone) {
    context.version(service, *node);  // Reports: a version is what one means most often.
    return std::nullopt;
  }
  if (rest != std::string_view::npos) {
    const Node part = NodeEditor::part(*node, rest, text.size() - rest);
    if (context.version(to.service, part) == kNone) {
      return std::nullopt;
    }
    to.subset = std::string(part.text());
  }
  return to;
}

std::vector<RouteRule::Mirror> read_mirrors(const Node* node, ServiceIndex service,
                                            LoaderContext& context) {
  std::vector<RouteRule::Mirror> mirrors;
  const auto read_one = [&](const Node& item) {
    RouteRule::Mirror mirror;
    ObjectReader map(&item, spec::kMirror, context.diagnostics);
    const auto to = read_route_to(map.get("to"), service, context);
    assign(mirror.ppm, read_ppm(map.get("percent"), context.diagnostics));
    map.finish();
    if (to) {
      mirror.to = *to;
      mirrors.push_back(std::move(mirror));
    }
  };
  if (node->is_map()) {
    read_one(*node);
    return mirrors;
  }
  for (const Node* item : read_sequence(node, context.diagnostics, "a list of mirrors")) {
    read_one(*item);
  }
  return mirrors;
}

std::vector<RouteRule> read_routes(const Node* node, const DestinationPolicy& base,
                                   LoaderContext& context) {
  std::vector<RouteRule> rules;
  const auto items = read_sequence(node, context.diagnostics, "a list of routes");
  if (items.size() > kMaxRoutes) {
    context.error(*node, code::kTooMany, "a destination has too many routes", "at most 1,000");
    return rules;
  }
  for (const Node* item : items) {
    read_route(*item, base, rules, context);
  }
  return rules;
}

}  // namespace shaketable::engine
