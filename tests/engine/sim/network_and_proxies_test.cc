#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

// What lies between two applications: links, handshakes, and what sidecars cost.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

using Latencies = std::vector<Duration>;

TEST(NetworkTest, MessagesBetweenZonesTakeLonger) {
  ScenarioBuilder build;
  build.scenario.mesh.zones = {"a", "b"};
  build.service("price", shared(4), {}, 2);
  build.service("shop", shared(4), {build.call("price")});
  build.requests("shop", 4);

  // The platform's round robin does not look at zones; clients are near whom they call.
  EXPECT_EQ(run(build)->latencies(), (Latencies{4ms, 12ms, 4ms, 12ms}));
}

TEST(NetworkTest, EveryMessageHasItsOwnDelay) {
  ScenarioBuilder build;
  build.scenario.mesh.network.same_zone.latency = Distribution::uniform(1ms, 3ms);
  build.service("shop", shared(4), {});
  build.requests("shop", 2'000, 4ms);

  Duration sum{0};
  for (const Duration latency : run(build)->latencies()) {
    EXPECT_GE(latency, 2ms);
    EXPECT_LE(latency, 6ms);
    sum += latency;
  }
  EXPECT_NEAR(proxy::to_seconds(sum), 2'000 * 0.004, 0.1);
}

TEST(NetworkTest, LinksOfAMeshMayLoseMessages) {
  ScenarioBuilder build;
  build.scenario.mesh.network.same_zone.loss_ppm = 100'000;
  build.service("shop", shared(4), {});
  build.requests("shop", 2'000, 4ms);
  build.scenario.run.drain = 60s;

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 2'000);
  const Latencies latencies = test->latencies();
  EXPECT_NEAR(static_cast<double>(std::count(latencies.begin(), latencies.end(), 2ms)), 1'620, 80);
}

/// shop -> price through both sidecars, which cost nothing unless a test says so.
ScenarioBuilder proxied() {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("price", shared(8), {work(3ms)});
  build.service("shop", shared(8), {build.call("price")});
  return build;
}

TEST(ProxiesTest, AConnectionCostsARoundTripOnTheFirstRequestOnly) {
  ScenarioBuilder build = proxied();
  build.requests("shop", 3);

  EXPECT_EQ(run(build)->latencies(), (Latencies{9ms, 7ms, 7ms}));
}

TEST(ProxiesTest, ALostConnectionAttemptIsMadeAgainAfterASecond) {
  ScenarioBuilder build = proxied();
  build.requests("shop", 2, 3s);
  build.fault(FaultKind::kPartition, "shop", 0s, 500ms).other.service = build.index("price");

  EXPECT_EQ(run(build)->latencies(), (Latencies{1009ms, 7ms})) << "not after 200 ms, as data is";
}

TEST(ProxiesTest, ARequestThatIsNeverAcknowledgedEndsItsConnection) {
  ScenarioBuilder build = proxied();
  build.requests("shop", 2);
  build.fault(FaultKind::kPartition, "price", 500ms, 0s);
  build.scenario.run.drain = 1'000s;

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{9ms, 300'002ms})) << "the shop's proxy waits 5 minutes";
  const WindowTotals& calls = test->edge("shop", "price")->total;
  EXPECT_EQ(calls.outcomes[static_cast<std::size_t>(Outcome::kOk)], 1);
  EXPECT_EQ(calls.outcomes[static_cast<std::size_t>(Outcome::kConnection)], 1);
  EXPECT_EQ(test->simulator().census().connections, 1) << "of the price's proxy to its service";
  EXPECT_EQ(test->simulator().census().streams, 0);
}

TEST(ProxiesTest, TlsCostsOneMore) {
  ScenarioBuilder build = proxied();
  build.scenario.mesh.network.tls = true;
  build.requests("shop", 3);

  EXPECT_EQ(run(build)->latencies(), (Latencies{11ms, 7ms, 7ms}));
}

TEST(ProxiesTest, TlsNeedsASidecarAtBothEnds) {
  ScenarioBuilder build;
  build.scenario.mesh.network.tls = true;
  build.service("price", shared(8), {work(3ms)});
  build.sidecars = true;
  build.service("shop", shared(8), {build.call("price")});
  build.requests("shop", 2);

  EXPECT_EQ(run(build)->latencies(), (Latencies{9ms, 7ms}));
}

TEST(ProxiesTest, RequestsAtOnceNeedAConnectionEachOnHttp1) {
  ScenarioBuilder build = proxied();
  build.burst("shop", 3);
  build.burst("shop", 4, 1s);

  EXPECT_EQ(run(build, 0)->latencies(), (Latencies{9ms, 9ms, 9ms}));
  EXPECT_EQ(run(build, 1)->latencies(), (Latencies{7ms, 7ms, 7ms, 9ms}));
}

TEST(ProxiesTest, RequestsAtOnceShareAConnectionOnHttp2) {
  ScenarioBuilder build = proxied();
  build.policy("price").policy.protocol = proxy::UpstreamProtocol::kHttp2;
  build.burst("shop", 3);
  build.burst("shop", 4, 1s);

  EXPECT_EQ(run(build, 1)->latencies(), (Latencies{7ms, 7ms, 7ms, 7ms}));
}

TEST(ProxiesTest, EveryPassCostsCpuTimeAndLatency) {
  ScenarioBuilder build = proxied();
  for (Service& service : build.scenario.mesh.services) {
    service.sidecar_cost.cpu_per_request = 200us;
    service.sidecar_cost.latency = 50us;
  }
  build.requests("shop", 2);

  // Six passes: in at the shop, out to price, in at price, and the same way back.
  EXPECT_EQ(run(build)->latencies()[1], 7ms + 6 * (100us + 50us));
}

TEST(ProxiesTest, TheDefaultCostIsIstiosPublishedOne) {
  EXPECT_EQ(SidecarCost{}.cpu_per_request, 200us);
  EXPECT_EQ(SidecarCost{}.latency, 0us);
}

TEST(ProxiesTest, RequestsQueueForTheProxysCpus) {
  ScenarioBuilder build;
  build.sidecars = true;
  Service& shop = build.service("shop", shared(100), {});
  shop.sidecar_cost.cpu_per_request = 20ms;
  shop.sidecar_cost.cpus = 2;
  build.burst("shop", 4);

  // In at 1 ms: two at a time, 10 ms each. Their answers come behind the requests still waiting.
  EXPECT_EQ(run(build)->latencies(), (Latencies{32ms, 32ms, 42ms, 42ms}));
}

TEST(ProxiesTest, ServicesWithoutASidecarCostNothingExtra) {
  ScenarioBuilder build;
  build.service("price", shared(8), {work(3ms)});
  build["price"].sidecar_cost.cpu_per_request = 1s;
  build.service("shop", shared(8), {build.call("price")});
  build.requests("shop", 2);

  EXPECT_EQ(run(build)->latencies(), (Latencies{7ms, 7ms}));
}

TEST(ProxiesTest, AConnectionToADeadHostIsRefused) {
  ScenarioBuilder build = proxied();
  build.requests("shop", 1, 1s, 1s);
  build.fault(FaultKind::kKill, "price", 990ms, 0s);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), Latencies{4ms});
  EXPECT_EQ(
      test->edge("shop", "price")->total.outcomes[static_cast<std::size_t>(Outcome::kConnection)],
      1);
}

TEST(ProxiesTest, APartitionLetsConnectionsTimeOut) {
  ScenarioBuilder build = proxied();
  build.policy("price").policy.connect_timeout = 700ms;
  build.fault(FaultKind::kPartition, "shop", 0s, 0s).other.service = build.index("price");
  build.requests("shop", 1, 1s, 1s);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), Latencies{702ms});
  EXPECT_EQ(test->simulator().census().connections, 1) << "the shop's own, inbound";
}

TEST(ProxiesTest, AConnectionThatAPartitionHeldUpIsThereSoonAfterItsEnd) {
  ScenarioBuilder build = proxied();
  build.fault(FaultKind::kPartition, "shop", 0s, 2s).other.service = build.index("price");
  build.requests("shop", 1, 1s, 1s);

  const auto test = run(build);

  // Sent again a second after the first time; the way is free by then.
  EXPECT_EQ(test->latencies(), Latencies{1009ms});
}

TEST(ProxiesTest, AKilledCalleeEndsItsConnectionsWhichIsSeenAMessageLater) {
  ScenarioBuilder build = proxied();
  build["price"].versions[0].endpoints[0].steps = {wait(500ms)};
  build.burst("shop", 3);
  build.fault(FaultKind::kKill, "price", 100ms, 0s);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{102ms, 102ms, 102ms}));
  EXPECT_EQ(
      test->edge("shop", "price")->total.outcomes[static_cast<std::size_t>(Outcome::kConnection)],
      3);
}

TEST(ProxiesTest, AFullBacklogBehindASidecarIsThatSidecars503) {
  ScenarioBuilder build = proxied();
  build["price"].versions[0].runtime = workers(1, 1);
  build.burst("shop", 3);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 2);
  EXPECT_EQ(test->served("price", Outcome::kConnection), 1);
  EXPECT_EQ(
      test->edge("shop", "price")->total.outcomes[static_cast<std::size_t>(Outcome::kServerError)],
      1);
}

TEST(ProxiesTest, AFullBacklogWithoutASidecarIsAConnectFailureThatIsTriedAgain) {
  ScenarioBuilder build;
  build.service("price", workers(1, 0), {wait(500ms)}, 2);
  build.sidecars = true;
  build.service("shop", shared(8), {build.call("price")});
  build.scenario.mesh.default_route = istio_default_route();
  build.requests("price", 1, 1s, 1s);  // keeps the first one busy
  build.requests("shop", 1, 1s, 1100ms);

  std::uint64_t retries = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto test = run(build, 1, seed);
    EXPECT_EQ(test->answers(Outcome::kOk, 1), 1);
    EXPECT_EQ(test->edge("shop", "price")->total.retries,
              test->served("price", Outcome::kConnection));
    retries += test->served("price", Outcome::kConnection);
  }
  EXPECT_GT(retries, 0) << "some seed picks the busy one first";
}

TEST(ProxiesTest, IdleStreamsOfASlowApplicationEndAtTheInboundSidecar) {
  ScenarioBuilder build = proxied();
  build.scenario.mesh.default_route.timeout = 0s;
  build["price"].versions[0].endpoints[0].steps = {wait(6min)};
  build.requests("shop", 1);
  build.scenario.run.duration = 400s;

  const auto test = run(build);

  // Inbound routes have the default idle timeout of five minutes; everybody hears of it.
  EXPECT_EQ(test->answers(Outcome::kOk), 0);
  EXPECT_EQ(test->latencies().size(), 1);
  EXPECT_EQ(test->simulator().census().calls, 0);
  EXPECT_EQ(test->simulator().census().visits, 0);
  EXPECT_EQ(test->simulator().census().streams, 0);
  EXPECT_EQ(test->simulator().census().attempts, 0);
}

TEST(ProxiesTest, ABlackholedRequestEndsAtTheInboundSidecarToo) {
  ScenarioBuilder build = proxied();
  build.requests("shop", 1);
  build.fault(FaultKind::kBlackhole, "price", 0s, 0s);
  build.scenario.run.duration = 400s;

  const auto test = run(build);

  EXPECT_EQ(test->latencies().size(), 1);
  EXPECT_EQ(test->simulator().census().visits, 0);
  EXPECT_EQ(test->simulator().census().streams, 0);
}

}  // namespace
}  // namespace shaketable::engine
