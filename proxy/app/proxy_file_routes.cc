#include <algorithm>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "proxy/app/address.h"
#include "proxy/app/proxy_file_parts.h"
#include "proxy/app/proxy_spec.h"

// `virtual_hosts:` and `routes:`.
namespace shaketable::proxy::app {
namespace {

using engine::assign;
namespace code = engine::code;

std::vector<MirrorPolicy> read_mirrors(const Node* node, FileContext& context) {
  std::vector<MirrorPolicy> mirrors;
  const auto read_one = [&](const Node& item) {
    MirrorPolicy mirror;
    ObjectReader map(&item, spec::kMirror, context.diagnostics);
    if (const Node* to = map.get("to")) {
      mirror.cluster = context.cluster(*to);
    }
    assign(mirror.ppm, engine::read_ppm(map.get("percent"), context.diagnostics));
    map.finish();
    mirrors.push_back(mirror);
  };
  if (node == nullptr) {
    return mirrors;
  }
  if (node->is_map()) {
    read_one(*node);
    return mirrors;
  }
  for (const Node* item : engine::read_sequence(node, context.diagnostics, "a list of mirrors")) {
    read_one(*item);
  }
  return mirrors;
}

std::vector<WeightedCluster> read_destinations(const Node* to, const Node* split,
                                               FileContext& context) {
  std::vector<WeightedCluster> clusters;
  if (to != nullptr) {
    clusters.push_back({context.cluster(*to), 1});
  }
  if (split != nullptr) {
    for (const engine::NamedWeight& share :
         engine::read_weights(split, "a map of clusters", context.loader)) {
      clusters.push_back({context.cluster(*share.name), share.weight});
    }
  }
  return clusters;
}

/// One route for each of its matches.
void read_route(const Node& node, const Route& base, VirtualHost& host, FileContext& context) {
  Route route = base;
  ObjectReader map(&node, spec::kRoute, context.diagnostics);
  assign(route.name, engine::read_name(map.get("name"), context.diagnostics));
  const std::vector<RouteMatch> matches = engine::read_matches(map.get("match"), context.loader);
  const Node* const to = map.get("to");
  const Node* const split = map.get("split");
  route.clusters = read_destinations(to, split, context);
  const int replies = engine::read_route_actions(map, route, context.loader);
  engine::read_route_keys(map, route, nullptr, context.loader);
  route.mirrors = read_mirrors(map.get("mirror"), context);
  route.request_headers = read_headers(map.get("request_headers"), context);
  route.response_headers = read_headers(map.get("response_headers"), context);
  map.finish();
  const int actions = (to != nullptr) + (split != nullptr) + replies;
  if (map.ok() && actions != 1) {
    context.error(node, code::kBadRoute,
                  actions == 0 ? "a route must lead somewhere" : "a route goes one way only",
                  "one of to, split, redirect, direct_response");
  }
  const std::size_t before = context.routes;
  context.routes += matches.size();
  if (context.routes > kMaxRoutes) {
    if (before <= kMaxRoutes) {
      context.error(node, code::kTooMany, "too many routes and matches", "at most 100,000");
    }
    return;
  }
  for (const RouteMatch& match : matches) {
    route.match = match;
    host.routes.push_back(route);
  }
}

void read_routes(const Node* node, const Route& base, VirtualHost& host, FileContext& context) {
  for (const Node* item : engine::read_sequence(node, context.diagnostics, "a list of routes")) {
    read_route(*item, base, host, context);
  }
}

void add(Direction direction, VirtualHost host, FileContext& context) {
  ProxyConfig& core = context.config.core;
  auto& hosts = direction == Direction::kInbound ? core.inbound : core.outbound;
  hosts.push_back(std::move(host));
}

void read_virtual_host(const engine::MapEntry& entry, FileContext& context) {
  Diagnostics& diagnostics = context.diagnostics;
  const auto name = engine::read_name(entry.key, diagnostics);
  VirtualHost host;
  host.name = name.value_or("");
  Direction direction = Direction::kOutbound;
  Route base = context.base.route;
  ObjectReader map(entry.value, spec::kVirtualHost, diagnostics);
  assign(direction,
         engine::read_enum(map.get("direction"), diagnostics, words::kDirection, "a direction"));
  const Node* const domains = map.get("domains");
  if (domains == nullptr && name && map.ok()) {
    if (auto domain = take_domain(*name, direction, *entry.key, context)) {
      host.domains.push_back(*std::move(domain));
    }
  }
  for (const Node* item : engine::read_sequence(domains, diagnostics, "a list of domains")) {
    if (auto domain = take_domain(item->text(), direction, *item, context)) {
      host.domains.push_back(*std::move(domain));
    }
  }
  if (domains != nullptr && domains->is_sequence() && domains->items().empty()) {
    context.error(*domains, code::kBadDomain, "a virtual host without a domain gets no request",
                  "at least one domain, or no `domains`");
  }
  engine::read_route_keys(map, base, nullptr, context.loader);
  read_routes(map.get("routes"), base, host, context);
  map.finish();
  add(direction, std::move(host), context);
}

}  // namespace

std::optional<std::string> take_domain(std::string_view text, Direction direction, const Node& at,
                                       FileContext& context) {
  std::string domain(text);
  std::transform(domain.begin(), domain.end(), domain.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  std::string_view name = domain;
  if (name.starts_with("*.") || name.starts_with("*-")) {
    name.remove_prefix(2);
  } else if (name.ends_with(".*") || name.ends_with("-*")) {
    name.remove_suffix(2);
  }
  // With a port, or an address in brackets, too: "a.test:8080", "[::1]".
  if (domain != "*" && !is_host_name(name) && !parse_address(name) &&
      !parse_address(std::string(name) + ":80")) {
    context.error(at, code::kBadDomain, engine::quoted(text) + " is no domain",
                  "a name such as shop.test, *.shop.test, shop.* or *");
    return std::nullopt;
  }
  const auto [owner, is_new] =
      context.domains.try_emplace(DomainOwner{direction, domain}, engine::mark_of(&at));
  if (!is_new) {
    context.error(at, code::kBadDomain,
                  engine::quoted(domain) + " belongs to another virtual host, in line " +
                      std::to_string(owner->second.line),
                  "each domain once");
    return std::nullopt;
  }
  return domain;
}

void add_virtual_host(Direction direction, const std::string& name,
                      std::vector<std::string> domains, Route route, const Node& at,
                      FileContext& context) {
  VirtualHost host;
  host.name = name;
  for (const std::string& domain : domains) {
    if (auto taken = take_domain(domain, direction, at, context)) {
      host.domains.push_back(*std::move(taken));
    }
  }
  host.routes.push_back(std::move(route));
  add(direction, std::move(host), context);
}

void read_virtual_hosts(const Node* node, FileContext& context) {
  const auto entries = engine::read_entries(node, context.diagnostics, "a map of virtual hosts");
  if (entries.size() > kMaxVirtualHosts) {
    context.error(*node, code::kTooMany, "too many virtual hosts", "at most 20,000");
    return;
  }
  for (const engine::MapEntry& entry : entries) {
    read_virtual_host(entry, context);
  }
}

void read_common_routes(const Node* node, FileContext& context) {
  if (node == nullptr) {
    return;
  }
  VirtualHost host;
  host.name = "routes";
  if (auto domain = take_domain("*", Direction::kOutbound, *node, context)) {
    host.domains.push_back(*std::move(domain));
  }
  read_routes(node, context.base.route, host, context);
  add(Direction::kOutbound, std::move(host), context);
}

}  // namespace shaketable::proxy::app
