#include "proxy/live/snapshot.h"

#include <utility>

#include "proxy/live/tls_contexts.h"

namespace shaketable::proxy::live {
namespace {

using TlsResult = Result<std::shared_ptr<const http::TlsContext>>;

Result<std::shared_ptr<const ListenerState>> make_listener(const ListenerConfig& config,
                                                           bool is_admin, TlsContexts& contexts) {
  auto state = std::make_shared<ListenerState>();
  state->config = config;
  state->is_admin = is_admin;
  if (config.tls_mode != TlsMode::kOff) {
    TlsResult tls = contexts.get(http::TlsContext::Role::kServer, config.tls);
    if (!tls.has_value()) {
      return tl::unexpected<Error>(tls.error());
    }
    state->tls = *tls;
  }
  return state;
}

Result<std::shared_ptr<const ClusterState>> make_cluster(const ClusterConfig& config,
                                                         const ClusterSockets& sockets,
                                                         TlsContexts& contexts) {
  auto state = std::make_shared<ClusterState>();
  state->protocol = config.protocol;
  state->is_tcp = sockets.is_tcp;
  state->send_proxy_protocol = sockets.send_proxy_protocol;
  if (sockets.tls.has_value()) {
    http::TlsConfig tls_config = *sockets.tls;
    if (tls_config.alpn.empty() && !sockets.is_tcp) {
      tls_config.alpn = {config.protocol == UpstreamProtocol::kHttp2 ? "h2" : "http/1.1"};
    }
    TlsResult tls = contexts.get(http::TlsContext::Role::kClient, tls_config);
    if (!tls.has_value()) {
      return tl::unexpected<Error>(tls.error());
    }
    state->tls = *tls;
  }
  return state;
}

/// The core routes TCP connections as requests: one virtual host for each cluster that they go to.
void add_tcp_routes(LiveConfig& config) {
  for (const ListenerConfig& listener : config.listeners) {
    for (const TcpRoute& tcp : listener.tcp_routes) {
      VirtualHost host;
      host.name = host.domains.emplace_back(tcp_authority(tcp.cluster));
      Route route;
      route.timeout = Duration::zero();
      route.idle_timeout = Duration::zero();  // `tunnel_idle` is the link's to keep, and to count.
      for (ClusterIndex i = 0; i < config.core.clusters.size(); ++i) {
        if (config.core.clusters[i].name == tcp.cluster) {
          route.clusters.push_back({i, 1});
          config.clusters[i].is_tcp = true;
        }
      }
      host.routes.push_back(std::move(route));
      auto& hosts =
          listener.direction == Direction::kInbound ? config.core.inbound : config.core.outbound;
      hosts.push_back(std::move(host));
    }
  }
}

}  // namespace

std::string tcp_authority(const std::string& cluster) { return "tcp " + cluster; }

Result<std::shared_ptr<const Snapshot>> make_snapshot(LiveConfig config, std::uint32_t version,
                                                      const Snapshot* former) {
  TlsContexts contexts(former);
  auto result = std::make_shared<Snapshot>();
  result->version = version;
  add_tcp_routes(config);
  for (std::size_t i = 0; i < config.core.clusters.size(); ++i) {
    if (config.clusters[i].send_proxy_protocol) {
      // The header tells one client: its connection carries no other one's requests.
      config.core.clusters[i].max_requests_per_connection = 1;
    }
  }
  for (std::size_t i = 0; i < config.core.clusters.size(); ++i) {
    auto cluster = make_cluster(config.core.clusters[i], config.clusters[i], contexts);
    if (!cluster.has_value()) {
      return tl::unexpected<Error>(cluster.error());
    }
    result->clusters.push_back(*cluster);
  }
  std::vector<ListenerConfig> listeners = config.listeners;
  if (!config.admin.address.empty()) {
    ListenerConfig admin;
    admin.name = "admin";
    admin.address = config.admin.address;
    admin.protocol = ListenerProtocol::kHttp1;
    listeners.push_back(admin);
  }
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    auto listener = make_listener(listeners[i], i >= config.listeners.size(), contexts);
    if (!listener.has_value()) {
      return tl::unexpected<Error>(listener.error());
    }
    result->listeners.push_back(*listener);
  }
  for (const HostAddress& host : config.hosts) {
    const auto address = parse_address(host.address);
    if (!address.has_value()) {
      return tl::unexpected<Error>(address.error());
    }
    result->hosts.push_back(*address);
  }
  result->config = std::move(config);
  return result;
}

}  // namespace shaketable::proxy::live
