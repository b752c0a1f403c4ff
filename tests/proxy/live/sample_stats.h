#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proxy/live/live_config.h"
#include "proxy/live/server_info.h"
#include "proxy/live/stats.h"
#include "proxy/telemetry/response_flags.h"

namespace shaketable::proxy::live {

/// Listener "inbound" and clusters "cart" (hosts 0, 1) and "pay" (host 2), routes "checkout" to
/// cart, "split" to both and "pay-v1" to pay.
inline LiveConfig sample_config() {
  LiveConfig config;
  config.node = "cart-1";
  config.hosts = {{"127.0.0.1:8080"}, {"127.0.0.1:8081"}, {"unix:/run/pay.sock"}};
  ClusterConfig cart;
  cart.name = "cart";
  cart.hosts = std::make_shared<const HostSet>(HostSet{{0, 1}, {1, 2}});
  ClusterConfig pay;
  pay.name = "pay";
  pay.hosts = std::make_shared<const HostSet>(HostSet{{2, 1}});
  config.core.clusters = {cart, pay};
  Route checkout;
  checkout.name = "checkout";
  checkout.clusters = {{0, 1}};
  Route split;
  split.name = "split";
  split.clusters = {{0, 90}, {1, 10}};
  Route direct;
  direct.name = "pay-v1";
  direct.clusters = {{1, 1}};
  config.core.outbound = {{"all", {"*"}, {checkout, split, direct}}};
  config.clusters.resize(2);
  ListenerConfig listener;
  listener.name = "inbound";
  listener.address = "127.0.0.1:15006";
  listener.direction = Direction::kInbound;
  config.listeners = {listener};
  return config;
}

inline ServerInfo sample_server() {
  ServerInfo server;
  server.version = "shaketable-proxy 0.1.0";
  server.state = ServerState::kLive;
  server.unix_seconds = 1'800'000'000;
  server.uptime = std::chrono::seconds(90);
  server.concurrency = 2;
  server.config_version = 3;
  server.reloads_ok = 2;
  server.reloads_failed = 1;
  server.process.resident_bytes = 12'345'678;
  server.process.open_descriptors = 17;
  server.process.cpu_seconds = 1.25;
  server.certificates = {{"listener inbound",
                          "certs/cart.pem",
                          "spiffe://shop.test/ns/default/sa/cart",
                          "0a",
                          {"URI:spiffe://shop.test/ns/default/sa/cart"},
                          1'790'000'000,
                          1'800'864'000,
                          false}};
  return server;
}

/// Two requests on the listener, three attempts at cart of which one was answered 503.
inline StatsSnapshot sample_stats() {
  StatsSnapshot stats;
  stats.workers = 1;
  ListenerSnapshot listener{"inbound", {}};
  listener.stats.on_accepted();
  listener.stats.on_request(http::Version::kHttp11);
  listener.stats.on_request(http::Version::kHttp2);
  listener.stats.on_request_end(200, 0, std::chrono::milliseconds(3), 0, 1024);
  listener.stats.on_request_end(503, kFlagUpstreamRetryLimitExceeded, std::chrono::milliseconds(9),
                                10, 20);
  listener.stats.on_protocol_error(http::ProtocolError::kBadChunk);
  listener.stats.on_timeout(TimeoutKind::kHead);
  listener.stats.tls.on_handshake(true, true, true);
  listener.stats.tls.on_failure(HandshakeFailure::kExpired);
  stats.listeners.push_back(std::move(listener));
  ClusterSnapshot cart;
  cart.name = "cart";
  cart.workers = 1;
  cart.core.upstream_rq_total = 3;
  cart.core.upstream_rq_retry = 1;
  cart.metrics.on_response(200, std::chrono::microseconds(1500));
  cart.metrics.on_response(503, std::chrono::microseconds(900));
  cart.metrics.on_response(200, std::chrono::milliseconds(40));
  cart.in_use.connections = 2;
  cart.membership_total = 2;
  cart.membership_healthy = 1;
  cart.ejected = 1;
  cart.remaining_cx = 1022;
  cart.hosts = {{0, 1, {}}, {1, 2, {}}};
  cart.hosts[0].stats.rq_total = 2;
  cart.hosts[0].stats.rq_success = 2;
  cart.hosts[1].stats.rq_error = 1;
  cart.hosts[1].stats.ejected = true;
  stats.clusters.push_back(std::move(cart));
  ClusterSnapshot pay;
  pay.name = "pay";
  pay.hosts = {{2, 1, {}}};
  stats.clusters.push_back(std::move(pay));
  return stats;
}

/// The lines of a text that begin with a prefix.
inline std::vector<std::string> lines_with(const std::string& text, const std::string& prefix) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (text.compare(begin, prefix.size(), prefix) == 0) {
      lines.push_back(text.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return lines;
}

}  // namespace shaketable::proxy::live
