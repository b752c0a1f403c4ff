#include <algorithm>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "proxy/app/address.h"
#include "proxy/app/proxy_file_parts.h"
#include "proxy/app/proxy_spec.h"

// `listen:` and `listeners:`.
namespace shaketable::proxy::app {
namespace {

using engine::assign;
namespace code = engine::code;

/// The name of the cluster for connections; a cluster is for these or for requests.
std::optional<std::string> tcp_cluster(const Node& node, FileContext& context) {
  const ClusterIndex index = context.cluster(node);
  if (index == kNoCluster) {
    return std::nullopt;
  }
  context.config.clusters[index].is_tcp = true;
  return context.config.core.clusters[index].name;
}

live::TcpRoute read_tcp_route(const Node& node, FileContext& context) {
  live::TcpRoute route;
  ObjectReader map(&node, spec::kTcpRoute, context.diagnostics);
  route.server_names = read_server_names(map.get("server_names"), context);
  if (const Node* to = map.get("to")) {
    assign(route.cluster, tcp_cluster(*to, context));
  }
  map.finish();
  return route;
}

class ListenerReader {
 public:
  ListenerReader(const Node& node, FileContext& context) : node_(node), context_(context) {}

  live::ListenerConfig read(const std::string& name) {
    Diagnostics& diagnostics = context_.diagnostics;
    listener_.name = name;
    ObjectReader map(&node_, spec::kListener, diagnostics);
    assign(listener_.address, read_address(map.get("address"), AddressUse::kListen, diagnostics));
    words::Role role = words::Role::kOutbound;
    assign(role, engine::read_enum(map.get("direction"), diagnostics, words::kRole, "a direction"));
    listener_.direction =
        role == words::Role::kInbound ? Direction::kInbound : Direction::kOutbound;
    listener_.is_edge = role == words::Role::kGateway;
    assign(listener_.protocol, engine::read_enum(map.get("protocol"), diagnostics,
                                                 words::kListenerProtocol, "a protocol"));
    assign(listener_.proxy_protocol, engine::read_bool(map.get("proxy_protocol"), diagnostics));
    const Node* const tls = map.get("tls");
    const bool tcp = listener_.protocol == live::ListenerProtocol::kTcp;
    if (!tcp) {
      read_listener_tls(tls, role, listener_, node_, context_);
    } else if (tls != nullptr && tls->text() != "off") {
      context_.error(*tls, code::kContradiction, "a TCP listener passes TLS through unopened",
                     "no `tls`, or another protocol");
    }
    read_tcp(map.get("to"), map.get("tcp_routes"), tcp && map.ok());
    map.finish();
    return std::move(listener_);
  }

 private:
  void read_tcp(const Node* to, const Node* routes, bool tcp) {
    for (const Node* key : {to, routes}) {
      if (key != nullptr && !tcp) {
        context_.error(*key, code::kNoEffect, "only TCP listeners lead to clusters by themselves",
                       "protocol: tcp, or `routes` of the file");
      }
    }
    for (const Node* item :
         engine::read_sequence(routes, context_.diagnostics, "a list of TCP routes")) {
      listener_.tcp_routes.push_back(read_tcp_route(*item, context_));
    }
    if (to != nullptr) {
      listener_.tcp_routes.push_back({{}, tcp_cluster(*to, context_).value_or("")});
    }
    if (tcp && to == nullptr && routes == nullptr) {
      context_.error(node_, code::kNoWay, "a TCP listener that leads nowhere",
                     "`to` with a cluster, or `tcp_routes`");
    }
  }

  const Node& node_;
  FileContext& context_;
  live::ListenerConfig listener_;
};

/// Whether a socket can be bound for both.
bool collide(const Address& left, const Address& right) {
  if (left.kind == Address::Kind::kUnix || right.kind == Address::Kind::kUnix) {
    return left.kind == right.kind && left.host == right.host;
  }
  return left.port == right.port && (left.host == right.host || is_any(left) || is_any(right));
}

/// A cluster that a route leads to, although connections of a TCP listener go there.
void refuse_requests(const Route& route, FileContext& context) {
  const auto check = [&](ClusterIndex index) {
    if (index == kNoCluster || !context.config.clusters[index].is_tcp) {
      return;
    }
    context.error(*context.cluster_nodes[index], code::kContradiction,
                  engine::quoted(context.cluster_names[index]) +
                      " is for connections of a TCP listener and for requests of a route",
                  "two clusters");
  };
  for (const WeightedCluster& to : route.clusters) {
    check(to.cluster);
  }
  for (const MirrorPolicy& mirror : route.mirrors) {
    check(mirror.cluster);
  }
}

void separate_tcp_clusters(FileContext& context) {
  ProxyConfig& core = context.config.core;
  std::erase_if(core.outbound, [&](const VirtualHost& host) {
    const auto cluster = context.clusters.find(host.name);
    return context.hosts_by_name.count(host.name) != 0 && cluster != context.clusters.end() &&
           context.config.clusters[cluster->second].is_tcp;
  });
  for (const auto* hosts : {&core.outbound, &core.inbound}) {
    for (const VirtualHost& host : *hosts) {
      for (const Route& route : host.routes) {
        refuse_requests(route, context);
      }
    }
  }
}

struct Bound {
  std::string what;
  Address address;
};

}  // namespace

void read_listeners(const Node* listen, const Node* listeners, FileContext& context) {
  if (listen != nullptr && listeners != nullptr) {
    context.error(*listen, code::kContradiction, "\"listen\" is the short form of \"listeners\"",
                  "one of the two");
  }
  if (listen != nullptr) {
    live::ListenerConfig listener;
    listener.name = "listener";
    assign(listener.address, read_address(listen, AddressUse::kListen, context.diagnostics));
    context.config.listeners.push_back(std::move(listener));
    context.listener_nodes.push_back(listen);
  }
  const auto entries = engine::read_entries(listeners, context.diagnostics, "a map of listeners");
  if (entries.size() > kMaxListeners) {
    context.error(*listeners, code::kTooMany, "too many listeners", "at most 1,000");
    return;
  }
  std::vector<Bound> bound;
  if (const auto admin = parse_address(context.config.admin.address)) {
    bound.push_back({"the admin port", *admin});
  }
  const auto check = [&](const Node& node, const live::ListenerConfig& listener) {
    const auto address = parse_address(listener.address);
    if (!address) {
      return;
    }
    for (const Bound& other : bound) {
      if (collide(other.address, *address)) {
        context.error(node, code::kSameAddress,
                      engine::quoted(listener.address) + " is taken by " + other.what,
                      "another address or port");
        break;
      }
    }
    bound.push_back({"the listener " + engine::quoted(listener.name), *address});
  };
  if (listen != nullptr) {
    check(*listen, context.config.listeners.front());
  }
  for (const engine::MapEntry& entry : entries) {
    const auto name = engine::read_name(entry.key, context.diagnostics);
    live::ListenerConfig listener =
        ListenerReader(*entry.value, context).read(name.value_or(std::string()));
    const Node* const address = entry.value->is_map() ? entry.value->find("address") : nullptr;
    check(address != nullptr ? *address : *entry.key, listener);
    context.config.listeners.push_back(std::move(listener));
    context.listener_nodes.push_back(entry.key);
  }
}

void check_listeners(const Node& root, FileContext& context) {
  separate_tcp_clusters(context);
  const live::LiveConfig& config = context.config;
  if (config.listeners.empty()) {
    context.error(root, code::kMissingKey, "nothing listens: the proxy would do nothing",
                  "`listen` with an address, or `listeners`");
    return;
  }
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const live::ListenerConfig& listener = config.listeners[i];
    if (listener.protocol == live::ListenerProtocol::kTcp) {
      continue;
    }
    const bool inbound = listener.direction == Direction::kInbound;
    if (inbound ? config.core.inbound.empty() : config.core.outbound.empty()) {
      context.error(
          *context.listener_nodes[i], code::kNoWay,
          "requests at the listener " + engine::quoted(listener.name) + " could go nowhere",
          inbound ? "`app` with the address of the local application"
                  : "`upstream`, `clusters`, `routes` or `virtual_hosts`");
    }
  }
}

}  // namespace shaketable::proxy::app
