#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "engine/mesh/compile.h"
#include "proxy/app/address.h"
#include "proxy/app/proxy_file_parts.h"
#include "proxy/app/proxy_spec.h"

// `clusters:` and `defaults:`, and the clusters that `app` and `upstream` make.
namespace shaketable::proxy::app {
namespace {

using engine::assign;
namespace code = engine::code;

constexpr const char* kSources = "one of endpoints, endpoints_file and dns";

/// One cluster while it is read.
class ClusterReader {
 public:
  ClusterReader(ClusterIndex index, const BaseSettings& base, FileContext& context)
      : context_(context), index_(index), base_(base), route_(base.route) {
    cluster().hosts = std::make_shared<const HostSet>();
    engine::apply_cluster_policy(base.policy, cluster());
  }

  /// Reads an address, a list of endpoints or a whole cluster. Returns its `domains`, if any.
  const Node* read(const Node& node) {
    if (!node.is_map()) {
      set_endpoints(node, read_endpoints(&node, context_.diagnostics));
      read_tls(base_.tls);
      return nullptr;
    }
    ObjectReader map(&node, spec::kCluster, context_.diagnostics);
    engine::ClusterPolicy policy = base_.policy;
    engine::read_cluster_keys(map, policy, context_.loader);
    engine::read_route_keys(map, route_, &policy.circuit_breakers, context_.loader);
    engine::apply_cluster_policy(policy, cluster());
    read_sources(node, map);
    const Node* const tls = map.get("tls");
    read_tls(tls != nullptr ? tls : base_.tls);
    sockets().send_proxy_protocol = base_.send_proxy_protocol;
    assign(sockets().send_proxy_protocol,
           engine::read_bool(map.get("send_proxy_protocol"), context_.diagnostics));
    const Node* const domains = map.get("domains");
    map.finish();
    return domains;
  }

  [[nodiscard]] const Route& route() const { return route_; }

 private:
  ClusterConfig& cluster() { return context_.config.core.clusters[index_]; }
  live::ClusterSockets& sockets() { return context_.config.clusters[index_]; }

  void read_sources(const Node& node, ObjectReader& map) {
    const Node* const endpoints = map.get("endpoints");
    const Node* const file = map.get("endpoints_file");
    const Node* const dns = map.get("dns");
    const int written = (endpoints != nullptr) + (file != nullptr) + (dns != nullptr);
    if (written != 1) {
      context_.error(node, code::kNoEndpoints,
                     written == 0 ? engine::quoted(cluster().name) + " has no endpoints"
                                  : "endpoints come from one place only",
                     kSources);
    }
    if (endpoints != nullptr) {
      set_endpoints(*endpoints, read_endpoints(endpoints, context_.diagnostics));
    }
    if (const auto path = context_.path(file)) {
      read_file(*file, *path);
    }
    if (dns != nullptr) {
      read_dns(*dns);
    }
  }

  void set_endpoints(const Node& node, const std::vector<Endpoint>& endpoints) {
    if (node.is_sequence() && node.items().empty()) {
      context_.error(node, code::kNoEndpoints, engine::quoted(cluster().name) + " has no endpoints",
                     "at least one address; a file of endpoints may be empty");
    }
    app::set_endpoints(index_, endpoints, context_.hosts, context_.config);
    if (!endpoints.empty() && endpoints.front().is_name) {
      server_name_ = parse_address(endpoints.front().address)->host;
    }
  }

  void read_file(const Node& node, const std::string& path) {
    if (!context_.options.open_files) {
      return;
    }
    auto [place, is_new] = context_.endpoint_files.try_emplace(path);
    if (is_new) {
      place->second = load_endpoints_file(path, context_.diagnostics);
    }
    if (!place->second) {
      return;
    }
    const EndpointsFile& file = *place->second;
    if (!file.has_names) {
      app::set_endpoints(index_, file.list, context_.hosts, context_.config);
      return;
    }
    const NamedEndpoints* const set = file.find(cluster().name);
    if (set == nullptr) {
      context_.error(node, code::kNoEndpoints,
                     engine::quoted(path) + " has no entry " + engine::quoted(cluster().name),
                     "an entry for this cluster, [] when it has no endpoints now");
      return;
    }
    app::set_endpoints(index_, set->endpoints, context_.hosts, context_.config);
  }

  void read_dns(const Node& node) {
    live::DnsCluster dns;
    dns.cluster = index_;
    if (node.is_map()) {
      read_dns_map(node, dns);
    } else if (const auto text = read_address(&node, AddressUse::kConnect, context_.diagnostics)) {
      const auto address = parse_address(*text);
      dns.name = address->host;
      dns.port = address->port;
      if (address->kind != Address::Kind::kName) {
        context_.error(node, code::kBadAddress, engine::quoted(*text) + " needs no look-up",
                       "name:port, or the address under `endpoints`");
      }
    }
    server_name_ = dns.name;
    context_.config.dns.push_back(std::move(dns));
  }

  void read_dns_map(const Node& node, live::DnsCluster& dns) {
    Diagnostics& diagnostics = context_.diagnostics;
    ObjectReader map(&node, spec::kDns, diagnostics);
    const Node* const name = map.get("name");
    assign(dns.name, engine::read_name(name, diagnostics));
    if (name != nullptr && !dns.name.empty() && !is_host_name(dns.name)) {
      context_.error(*name, code::kBadAddress, engine::quoted(dns.name) + " is no name of a host",
                     "letters, digits, -, _ and dots");
    }
    assign(dns.kind, engine::read_enum(map.get("kind"), diagnostics, words::kDnsKind, "a kind"));
    const Node* const port = map.get("port");
    assign(dns.port, engine::read_count(port, diagnostics, 1, 65'535));
    assign(dns.min_refresh, engine::read_duration(map.get("min_refresh"), diagnostics,
                                                  {std::chrono::milliseconds(100), kMaxRefresh}));
    assign(dns.max_refresh, engine::read_duration(map.get("max_refresh"), diagnostics,
                                                  {std::chrono::milliseconds(100), kMaxRefresh}));
    map.finish();
    const bool srv = dns.kind == live::DnsCluster::Kind::kSrv;
    if (map.ok() && srv != (port == nullptr)) {
      context_.error(node, srv ? code::kContradiction : code::kMissingKey,
                     srv ? "an SRV answer brings its own ports" : "the port is missing",
                     srv ? "no `port`" : "`port`, or kind: srv");
    }
    if (dns.min_refresh > dns.max_refresh) {
      context_.error(node, code::kContradiction, "min_refresh is above max_refresh",
                     "min_refresh of at most max_refresh");
    }
  }

  void read_tls(const Node* node) {
    sockets().tls = read_cluster_tls(node, server_name_, context_);
  }

  static constexpr Duration kMaxRefresh = std::chrono::hours(24);

  FileContext& context_;
  ClusterIndex index_;
  const BaseSettings& base_;
  Route route_;
  std::string server_name_;
};

/// Makes room for a cluster; kNoCluster when the name is taken.
ClusterIndex add_cluster(const std::string& name, const Node& at, FileContext& context) {
  const auto index = static_cast<ClusterIndex>(context.config.core.clusters.size());
  if (!context.clusters.try_emplace(name, index).second) {
    context.error(at, code::kDuplicateName,
                  "a cluster is named " + engine::quoted(name) + " already", "another name");
    return kNoCluster;
  }
  context.cluster_names.push_back(name);
  context.cluster_nodes.push_back(&at);
  ClusterConfig cluster;
  cluster.name = name;
  cluster.tag = index;
  context.config.core.clusters.push_back(std::move(cluster));
  context.config.clusters.emplace_back();
  return index;
}

/// The domains of a cluster's own virtual host; empty = it has none.
std::vector<std::string> domains_of(const Node* written, const engine::MapEntry& entry,
                                    bool by_name, FileContext& context) {
  if (written != nullptr) {
    return read_texts(written, "a list of domains", context.diagnostics);
  }
  return by_name ? std::vector<std::string>{std::string(entry.key->text())}
                 : std::vector<std::string>{};
}

/// Settings of routes in a cluster that no virtual host of its own follows.
void refuse_route_keys(const Node& node, FileContext& context) {
  if (!node.is_map()) {
    return;
  }
  for (const char* key : {"timeout", "idle_timeout", "retries", "fault"}) {
    if (const Node* value = node.find(key)) {
      context.error(*value, code::kNoEffect,
                    engine::quoted(key) + " of a cluster is for its own `domains`, and it has none",
                    "the setting in the routes that lead here, or `domains`");
    }
  }
}

}  // namespace

void read_defaults(const Node* node, FileContext& context) {
  if (node == nullptr) {
    return;
  }
  BaseSettings& base = context.base;
  ObjectReader map(node, spec::kDefaults, context.diagnostics);
  engine::read_cluster_keys(map, base.policy, context.loader);
  engine::read_route_keys(map, base.route, &base.policy.circuit_breakers, context.loader);
  base.tls = map.get("tls");
  assign(base.send_proxy_protocol,
         engine::read_bool(map.get("send_proxy_protocol"), context.diagnostics));
  map.finish();
}

void read_clusters(const Node* node, bool by_name, FileContext& context) {
  const auto entries = engine::read_entries(node, context.diagnostics, "a map of clusters");
  if (entries.size() > kMaxClusters) {
    context.error(*node, code::kTooMany, "too many clusters", "at most 20,000");
    return;
  }
  const auto first = static_cast<ClusterIndex>(context.config.core.clusters.size());
  std::vector<engine::MapEntry> usable;
  for (const engine::MapEntry& entry : entries) {
    const auto name = engine::read_name(entry.key, context.diagnostics);
    if (name && add_cluster(*name, *entry.key, context) != kNoCluster) {
      usable.push_back(entry);
    }
  }
  for (std::size_t i = 0; i < usable.size(); ++i) {
    const engine::MapEntry& entry = usable[i];
    const auto index = static_cast<ClusterIndex>(first + i);
    ClusterReader reader(index, context.base, context);
    const Node* const written = reader.read(*entry.value);
    std::vector<std::string> domains = domains_of(written, entry, by_name, context);
    if (domains.empty()) {
      refuse_route_keys(*entry.value, context);
      continue;
    }
    if (written == nullptr) {
      context.hosts_by_name.insert(std::string(entry.key->text()));
    }
    Route route = reader.route();
    route.clusters = {{index, 1}};
    add_virtual_host(Direction::kOutbound, std::string(entry.key->text()), std::move(domains),
                     std::move(route), *(written != nullptr ? written : entry.key), context);
  }
}

NewCluster read_cluster_of(const Node& node, const std::string& name, const BaseSettings& base,
                           FileContext& context) {
  NewCluster result;
  result.index = add_cluster(name, node, context);
  if (result.index == kNoCluster) {
    return result;
  }
  ClusterReader reader(result.index, base, context);
  if (const Node* domains = reader.read(node)) {
    context.error(*domains, code::kNoEffect,
                  engine::quoted(name) + " takes every domain that nothing else takes",
                  "no `domains`, or a cluster under `clusters`");
  }
  result.route = reader.route();
  result.route.clusters = {{result.index, 1}};
  return result;
}

}  // namespace shaketable::proxy::app
