#include "proxy/app/proxy_file.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "engine/mesh/model.h"
#include "proxy/app/proxy_spec.h"
#include "tests/proxy/app/proxy_file_fixture.h"

namespace shaketable::proxy::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ProxyFileTest, TakesFourLinesForAReverseProxy) {
  const live::LiveConfig config = config_of(
      "listen: 127.0.0.1:15001\n"
      "upstream:\n"
      "  endpoints: [10.0.0.1:80, {address: 10.0.0.2:80, weight: 3}]\n"
      "  retries: {attempts: 3, retry_on: [5xx]}\n");

  ASSERT_EQ(config.listeners.size(), 1U);
  EXPECT_EQ(config.listeners[0].address, "127.0.0.1:15001");
  EXPECT_EQ(config.listeners[0].direction, Direction::kOutbound);
  ASSERT_EQ(config.core.clusters.size(), 1U);
  EXPECT_EQ(config.clusters.size(), 1U);
  const HostSet& hosts = *config.core.clusters[0].hosts;
  ASSERT_EQ(hosts.size(), 2U);
  EXPECT_EQ(config.hosts[hosts[1].id].address, "10.0.0.2:80");
  EXPECT_EQ(hosts[1].weight, 3U);
  ASSERT_EQ(config.core.outbound.size(), 1U);
  EXPECT_EQ(config.core.outbound[0].domains, std::vector<std::string>{"*"});
  const Route& route = config.core.outbound[0].routes.at(0);
  ASSERT_TRUE(route.retry.has_value());
  EXPECT_EQ(route.retry->num_retries, 3U);
  EXPECT_EQ(route.retry->retry_on, static_cast<std::uint32_t>(kRetryOn5xx));
}

TEST(ProxyFileTest, NamesTheNodeAfterTheFile) {
  const std::string text = "listen: 127.0.0.1:1\nupstream: 127.0.0.1:2\n";

  EXPECT_EQ(config_of(text, "etc/cart-1.yaml").node, "cart-1");
  EXPECT_EQ(config_of("node: shop\n" + text).node, "shop");
}

TEST(ProxyFileTest, BeginsWithTheDefaultsOfAMesh) {
  const live::LiveConfig config = config_of("listen: 127.0.0.1:1\nupstream: 127.0.0.1:2\n");
  const ClusterConfig& cluster = config.core.clusters.at(0);
  const Route& route = config.core.outbound.at(0).routes.at(0);
  const Route wanted = engine::istio_default_route();

  EXPECT_EQ(cluster.lb_policy, LbPolicy::kLeastRequest);
  EXPECT_EQ(cluster.circuit_breakers.max_requests, kUnlimited);
  EXPECT_EQ(route.timeout, wanted.timeout);
  ASSERT_TRUE(route.retry.has_value());
  EXPECT_EQ(route.retry->retry_on, wanted.retry->retry_on);
}

TEST(ProxyFileTest, PutsClustersOnTopOfTheDefaults) {
  const live::LiveConfig config = config_of(
      "listen: 127.0.0.1:1\n"
      "defaults: {timeout: 3s, load_balancing: round_robin, circuit_breakers: {max_requests: 9}}\n"
      "clusters:\n"
      "  a: 10.0.0.1:80\n"
      "  b: {endpoints: 10.0.0.2:80, timeout: 1s, circuit_breakers: {max_connections: 5}}\n");

  ASSERT_EQ(config.core.clusters.size(), 2U);
  EXPECT_EQ(config.core.clusters[0].lb_policy, LbPolicy::kRoundRobin);
  EXPECT_EQ(config.core.clusters[1].circuit_breakers.max_requests, 9U);
  EXPECT_EQ(config.core.clusters[1].circuit_breakers.max_connections, 5U);
  EXPECT_EQ(config.core.outbound[0].routes[0].timeout, seconds(3));
  EXPECT_EQ(config.core.outbound[1].routes[0].timeout, seconds(1));
}

TEST(ProxyFileTest, ReachesClustersByTheirNamesWhenThereAreNoRoutes) {
  const live::LiveConfig config = config_of(
      "listen: 127.0.0.1:1\n"
      "upstream: 10.0.0.9:80\n"
      "clusters:\n"
      "  Payment: 10.0.0.1:80\n"
      "  cart: {endpoints: 10.0.0.2:80, domains: [cart.shop.test, '*.cart.test']}\n");

  ASSERT_EQ(config.core.outbound.size(), 3U);
  EXPECT_EQ(config.core.outbound[0].domains, std::vector<std::string>{"payment"});
  EXPECT_EQ(config.core.outbound[1].domains,
            (std::vector<std::string>{"cart.shop.test", "*.cart.test"}));
  EXPECT_EQ(config.core.outbound[2].domains, std::vector<std::string>{"*"});
}

TEST(ProxyFileTest, PassesInboundRequestsToTheApplicationOnce) {
  const live::LiveConfig config = config_of(
      "app: localhost:8080\n"
      "defaults: {retries: 3, timeout: 1s}\n"
      "listeners: {in: {address: 127.0.0.1:1, direction: inbound}}\n");

  EXPECT_EQ(config.listeners.at(0).direction, Direction::kInbound);
  EXPECT_EQ(config.hosts.at(0).address, "127.0.0.1:8080");
  ASSERT_EQ(config.core.inbound.size(), 1U);
  const Route& route = config.core.inbound[0].routes.at(0);
  EXPECT_FALSE(route.retry.has_value());
  EXPECT_EQ(route.timeout, Duration{0});
  EXPECT_TRUE(config.core.outbound.empty());
}

TEST(ProxyFileTest, GivesOneHostIdToOneAddress) {
  const live::LiveConfig config = config_of(
      "listen: 127.0.0.1:1\n"
      "clusters: {a: [10.0.0.1:80, 10.0.0.2:80], b: [10.0.0.2:80, 10.0.0.3:80]}\n");

  ASSERT_EQ(config.hosts.size(), 3U);
  EXPECT_EQ((*config.core.clusters[0].hosts)[1].id, (*config.core.clusters[1].hosts)[0].id);
}

TEST(ProxyFileTest, LeavesNamesToTheResolver) {
  const live::LiveConfig config = config_of(
      "listen: 127.0.0.1:1\n"
      "clusters:\n"
      "  a: payment.test:8080\n"
      "  b: {dns: {name: _http._tcp.cart.test, kind: srv, min_refresh: 2s}}\n"
      "  c: {dns: cart.test:81}\n");

  ASSERT_EQ(config.dns.size(), 3U);
  EXPECT_EQ(config.dns[0].cluster, 0U);
  EXPECT_EQ(config.dns[0].name, "payment.test");
  EXPECT_EQ(config.dns[0].port, 8080U);
  EXPECT_EQ(config.dns[1].kind, live::DnsCluster::Kind::kSrv);
  EXPECT_EQ(config.dns[1].min_refresh, seconds(2));
  EXPECT_EQ(config.dns[2].cluster, 2U);
  for (const ClusterConfig& cluster : config.core.clusters) {
    ASSERT_NE(cluster.hosts, nullptr);
    EXPECT_TRUE(cluster.hosts->empty());
  }
}

TEST(ProxyFileTest, ReadsWhatConnectionsMayCostAndTake) {
  const live::LiveConfig config = config_of(
      "listen: 127.0.0.1:1\n"
      "upstream: 127.0.0.1:2\n"
      "concurrency: 4\n"
      "drain_time: 5s\n"
      "seed: 7\n"
      "timeouts: {headers: 250ms, idle: 0s}\n"
      "limits: {buffer: 64KiB, head_bytes: 8KiB, headers: 50, max_connections: 10}\n");

  EXPECT_EQ(config.concurrency, 4U);
  EXPECT_EQ(config.drain_time, seconds(5));
  EXPECT_EQ(config.seed, 7U);
  EXPECT_EQ(config.timeouts.head, milliseconds(250));
  EXPECT_EQ(config.timeouts.idle, Duration{0});
  EXPECT_EQ(config.timeouts.handshake, seconds(5));
  EXPECT_EQ(config.limits.buffer_high_water, 65'536U);
  EXPECT_EQ(config.limits.codec.high_water, 65'536U);
  EXPECT_EQ(config.limits.codec.max_head_bytes, 8'192U);
  EXPECT_EQ(config.limits.codec.max_headers, 50U);
  EXPECT_EQ(config.limits.max_connections, 10U);
}

TEST(ProxyFileTest, HasTheDefaultsThatItsSchemaNames) {
  std::string text = "listen: 127.0.0.1:1\nupstream: 127.0.0.1:2\n";
  for (const auto& [section, object] :
       {std::pair{"timeouts", &spec::kTimeouts}, std::pair{"limits", &spec::kLimits}}) {
    text += std::string(section) + ":\n";
    for (const engine::KeySpec& key : object->keys) {
      ASSERT_FALSE(key.fallback.empty()) << key.key;
      text += "  " + std::string(key.key) + ": " + std::string(key.fallback) + "\n";
    }
  }
  const live::LiveConfig config = config_of(text);

  EXPECT_EQ(config.timeouts, live::ConnectionTimeouts{});
  EXPECT_EQ(config.limits, live::LiveLimits{});
}

TEST(ProxyFileTest, ReadsWhereTelemetryGoes) {
  const std::string base = "listen: 127.0.0.1:1\nupstream: 127.0.0.1:2\n";
  const live::LiveConfig config =
      config_of(base +
                    "admin: {address: 0.0.0.0:9901, token: s3cret}\n"
                    "access_log: {format: json, path: logs/a.log, max_size: 1MiB, keep: 2}\n"
                    "tracing: {zipkin: 127.0.0.1:9411, sampling: 12.5%}\n",
                "etc/p.yaml");

  EXPECT_EQ(config.admin.address, "0.0.0.0:9901");
  EXPECT_EQ(config.admin.token, "s3cret");
  EXPECT_EQ(config.access_log.format, live::AccessLogConfig::Format::kJson);
  EXPECT_EQ(config.access_log.path, "etc/logs/a.log");
  EXPECT_EQ(config.access_log.max_bytes, 1U << 20U);
  EXPECT_EQ(config.access_log.keep, 2U);
  EXPECT_EQ(config.tracing.exporter, live::TracingConfig::Exporter::kZipkin);
  EXPECT_EQ(config.tracing.path, "/api/v2/spans");
  EXPECT_EQ(config.tracing.sampling_ppm, 125'000U);
  EXPECT_EQ(config_of(base + "access_log: text\n").access_log.format,
            live::AccessLogConfig::Format::kText);
  EXPECT_EQ(config_of(base + "admin: unix:/run/admin.sock\n").admin.address,
            "unix:/run/admin.sock");
}

TEST(ProxyFileTest, AsksTheNameServerThatIsWanted) {
  const std::string base = "listen: 127.0.0.1:1\nclusters: {a: {dns: 'a.test:80'}}\n";

  EXPECT_EQ(config_of(base).dns_server, "");
  EXPECT_EQ(config_of(base + "dns_server: 127.0.0.1:8600\n").dns_server, "127.0.0.1:8600");
  for (const char* wrong : {"8600", "127.0.0.1", "consul:8600", "'[::1]:8600'", "unix:/run/dns",
                            "0.0.0.0:53", "127.0.0.1:0", "[]"}) {
    const std::string remarks = remarks_of(base + "dns_server: " + wrong + "\n");
    EXPECT_NE(remarks.find("test.yaml:3:13"), std::string::npos) << wrong << '\n' << remarks;
  }
}

TEST(ProxyFileTest, ReadsTheShippedExamples) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("proxy/examples")) {
    if (entry.path().extension() != ".yaml") {
      continue;
    }
    engine::Diagnostics diagnostics;
    // Their certificates are made by the reader of the README.
    const auto config = load_proxy_file(entry.path().string(), diagnostics, {.open_files = false});
    EXPECT_TRUE(config.has_value()) << engine::render(diagnostics, false);
    EXPECT_TRUE(diagnostics.empty()) << engine::render(diagnostics, false);
    ++count;
  }
  EXPECT_GE(count, 3U);
}

}  // namespace
}  // namespace shaketable::proxy::app
