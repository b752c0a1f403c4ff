#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/core/sidecar.h"
#include "tests/support/core_fixture.h"

// What happens to requests in flight when the configuration changes, or the sidecar goes away.
namespace shaketable::proxy {
namespace {

using support::cluster_with;
using support::config_with;
using support::CoreHost;
using support::hosts_of;
using support::route_to;

struct Host : CoreHost {
  using CoreHost::CoreHost;
  ~Host() { EXPECT_EQ(checks.violations(), std::vector<std::string>()); }
};

Route retrying(std::uint32_t retries, Duration backoff = 0ns) {
  Route route = route_to();
  route.retry = RetryPolicy{};
  route.retry->retry_on = kRetryOn5xx;
  route.retry->num_retries = retries;
  route.retry->backoff_base = backoff;
  return route;
}

TEST(SidecarConfigTest, KeepsTheRouteThatARequestWasGiven) {
  Host host(config_with({cluster_with(1)}, {retrying(1)}));
  const std::uint64_t old = host.request();

  host.push(config_with({cluster_with(1)}, {route_to()}));
  const std::uint64_t fresh = host.request();
  host.respond(old, 503);
  host.respond(fresh, 503);

  EXPECT_EQ(host.text(old), "open") << "retried as its own route says";
  EXPECT_EQ(host.text(fresh), "503 -");
  EXPECT_EQ(host.count(RecordKind::kConfigApplied), 1U);
}

TEST(SidecarConfigTest, KeepsConnectionsAndCountersOfAClusterThatStays) {
  Host host(config_with({cluster_with(1)}, {route_to()}));
  host.respond(host.request());
  const std::uint64_t busy = host.request();

  host.push(config_with({cluster_with(1, "new"), cluster_with(1)}, {route_to(1)}));
  const std::uint64_t next = host.request();
  host.respond(busy);
  host.respond(next);
  host.respond(host.request());

  EXPECT_EQ(host.opened.size(), 2U);
  EXPECT_EQ(host.cluster(1).breaker.connections, 2U);
  EXPECT_EQ(host.cluster(1).stats.upstream_rq_total, 4U);
}

TEST(SidecarConfigTest, LetsNewLimitsServeThoseWhoWait) {
  ClusterConfig narrow = cluster_with(1);
  narrow.circuit_breakers.max_connections = 1;
  Host host(config_with({narrow}, {route_to()}));
  host.request();
  const std::uint64_t waiting = host.request();
  EXPECT_EQ(host.sends_of(waiting), 0U);

  host.push(config_with({cluster_with(1)}, {route_to()}));

  EXPECT_EQ(host.sends_of(waiting), 1U);
}

TEST(SidecarConfigTest, DrainsAClusterThatIsGone) {
  Host host(config_with({cluster_with(1)}, {retrying(3)}));
  host.respond(host.request());
  const std::uint64_t busy = host.request();
  const std::uint64_t failing = host.request();

  ClusterConfig other = cluster_with(1, "other");
  other.hosts = hosts_of({5});
  host.push(config_with({other}, {route_to()}));
  EXPECT_EQ(host.text(busy), "open");
  host.respond(busy);
  host.respond(failing, 503);
  host.run_for(1ms);

  EXPECT_EQ(host.text(busy), "200 -");
  EXPECT_EQ(host.text(failing), "503 UH") << "its retry finds no cluster any more";
  EXPECT_EQ(host.connections(), 0U);
  host.push(config_with({other}, {route_to()}));
  EXPECT_TRUE(host.worker.deadlines.empty()) << "nothing of the old cluster is left";
}

TEST(SidecarConfigTest, ClosesIdleConnectionsOfAClusterThatIsGone) {
  Host host(config_with({cluster_with(1)}, {route_to()}));
  host.respond(host.request());

  host.push(config_with({}, {}));

  EXPECT_EQ(host.closed, host.opened);
}

TEST(SidecarConfigTest, ServesThoseWhoWaitAtAClusterThatIsGone) {
  ClusterConfig narrow = cluster_with(1);
  narrow.circuit_breakers.max_connections = 1;
  Host host(config_with({narrow}, {route_to()}));
  host.connects = false;
  const std::uint64_t first = host.request();
  const std::uint64_t second = host.request();
  host.push(config_with({}, {}));

  host.connect(host.opened[0]);
  host.respond(first);
  host.respond(second);

  EXPECT_EQ(host.text(second), "200 -");
  EXPECT_EQ(host.closed, host.opened);
}

TEST(SidecarConfigTest, ChangesTheProtocolWithNewConnections) {
  ClusterConfig two = cluster_with(1);
  two.protocol = UpstreamProtocol::kHttp2;
  Host host(config_with({two}, {route_to()}));
  const std::uint64_t a = host.request();
  const std::uint64_t b = host.request();
  host.checks.max_streams = 2;

  host.push(config_with({cluster_with(1)}, {route_to()}));
  const std::uint64_t c = host.request();
  const std::uint64_t d = host.request();
  EXPECT_EQ(host.opened.size(), 3U);
  for (const std::uint64_t token : {a, b, c, d}) {
    host.respond(token);
  }

  EXPECT_EQ(host.closed, std::vector<ConnectionId>{host.opened[0]});
  EXPECT_NE(host.last_sent(c).connection, host.last_sent(d).connection);
}

TEST(SidecarConfigTest, RoutesADelayedRequestToTheClusterOfTheSameName) {
  Route route = route_to(0);
  route.fault = FaultPolicy{};
  route.fault->delay_ppm = kPpmOne;
  route.fault->fixed_delay = 1s;
  Host host(config_with({cluster_with(1)}, {route}));
  const std::uint64_t token = host.request();
  ClusterConfig first = cluster_with(1, "first");
  first.hosts = hosts_of({8});

  host.push(config_with({first, cluster_with(1)}, {route_to(0)}));
  host.run_for(1s);
  host.respond(token);

  EXPECT_EQ(host.outcome(token).host, 0U);
  EXPECT_EQ(host.text(token), "200 DI");
}

TEST(SidecarConfigTest, AnswersADelayedRequestWhoseClusterIsGoneWithNc) {
  Route route = route_to(0);
  route.fault = FaultPolicy{};
  route.fault->delay_ppm = kPpmOne;
  route.fault->fixed_delay = 1s;
  Host host(config_with({cluster_with(1)}, {route}));
  const std::uint64_t token = host.request();

  host.push(config_with({cluster_with(1, "other")}, {route_to(0)}));
  host.run_for(1s);

  EXPECT_EQ(host.text(token), "503 DI,NC");
}

TEST(SidecarConfigTest, KeepsEjectionsOverAPushAndTheirTimers) {
  ClusterConfig cluster = cluster_with(2);
  cluster.outlier_detection = OutlierDetection{};
  cluster.outlier_detection->max_ejection_percent = 50;
  cluster.outlier_detection->consecutive_5xx = 1;
  Host host(config_with({cluster}, {route_to()}));
  host.respond(host.request(), 500);
  ASSERT_EQ(host.cluster().ejected_count(), 1U);
  ClusterConfig other = cluster_with(1, "before");

  host.push(config_with({other, cluster}, {route_to(1)}));
  EXPECT_EQ(host.cluster(1).ejected_count(), 1U);
  host.run_until(kStart + 30s);

  EXPECT_EQ(host.cluster(1).ejected_count(), 0U);
}

TEST(SidecarConfigTest, ReturnsEjectedHostsWhenDetectionIsSwitchedOff) {
  ClusterConfig cluster = cluster_with(2);
  cluster.outlier_detection = OutlierDetection{};
  cluster.outlier_detection->max_ejection_percent = 50;
  cluster.outlier_detection->consecutive_5xx = 1;
  Host host(config_with({cluster}, {route_to()}));
  host.respond(host.request(), 500);

  host.push(config_with({cluster_with(2)}, {route_to()}));
  host.sends.clear();
  for (int i = 0; i < 4; ++i) {
    host.request();
  }

  EXPECT_EQ(std::count_if(host.sends.begin(), host.sends.end(),
                          [](const auto& sent) { return sent.host == 0; }),
            2);
  EXPECT_FALSE(host.cluster().in_panic());
}

TEST(SidecarConfigTest, AttemptsStayWithTheirHostWhenManyHostsAppear) {
  Host host(config_with({cluster_with(2)}, {route_to()}));
  const std::uint64_t first = host.request();
  const std::uint64_t second = host.request();
  const std::uint32_t host_of_first = host.last_sent(first).host;
  const std::uint32_t host_of_second = host.last_sent(second).host;

  host.set_hosts(hosts_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}));
  const std::uint64_t third = host.request();
  host.respond(second);
  host.respond(first);
  host.respond(third);

  EXPECT_EQ(host.outcome(first).host, host_of_first);
  EXPECT_EQ(host.outcome(second).host, host_of_second);
  EXPECT_EQ(host.cluster().host_count(), 17U);
  EXPECT_EQ(host.cluster().breaker.requests, 0U);
}

TEST(SidecarConfigTest, ManyPushesUnderLoadLeaveNothingBehind) {
  Host host(config_with({cluster_with(2)}, {retrying(2, 25ms)}));
  host.server = [](const auto& sent) {
    return CoreHost::Answer{sent.token % 3 == 0 ? std::uint16_t{503} : std::uint16_t{200}, 7ms};
  };
  std::vector<std::uint64_t> tokens;
  for (int i = 0; i < 300; ++i) {
    tokens.push_back(host.request());
    host.run_for(1ms);
    if (i % 10 == 0) {
      host.push(config_with({cluster_with(2, i % 20 == 0 ? "upstream" : "renamed")},
                            {retrying(2, 25ms)}));
    }
  }
  host.run_for(20s);
  host.push(config_with({}, {}));

  EXPECT_TRUE(std::all_of(tokens.begin(), tokens.end(), [&](auto t) { return host.is_over(t); }));
  EXPECT_TRUE(host.worker.streams.empty());
  EXPECT_TRUE(host.worker.attempt_count() == 0);
  EXPECT_TRUE(host.worker.connections.empty());
  EXPECT_TRUE(host.worker.deadlines.empty());
}

TEST(SidecarEndTest, LeavesNothingBehindWhenItIsDestroyedAtWork) {
  Route route = retrying(3, 25ms);
  route.retry->per_try_timeout = 1s;
  route.mirrors = {{0, kPpmOne}};
  route.fault = FaultPolicy{};
  route.fault->delay_ppm = 300'000;
  route.fault->fixed_delay = 1s;
  ClusterConfig cluster = cluster_with(3);
  cluster.outlier_detection = OutlierDetection{};
  cluster.outlier_detection->always_eject_one_host = true;
  cluster.outlier_detection->consecutive_5xx = 1;
  CoreHost host(config_with({cluster}, {route}));
  Sidecar neighbour(host.worker, 1, host.config, Rng(1), kStart);
  std::vector<std::uint64_t> tokens;
  for (int i = 0; i < 40; ++i) {
    tokens.push_back(host.request());
    host.connects = i < 20;
  }
  for (const std::uint64_t token : tokens) {
    if (host.sends_of(token) > 0 && token % 2 == 0) {
      host.respond(token, token % 4 == 0 ? 503 : 200, token % 6 != 0);
    }
  }
  RequestHead head;
  head.authority = "x";
  head.path = "/";
  neighbour.on_request(host.now, Direction::kOutbound, head, 999);
  const std::size_t streams_before = host.worker.streams.size();
  ASSERT_GT(streams_before, 10U);

  host.sidecar.reset();

  EXPECT_LE(host.worker.streams.size(), 2U) << "the neighbour's and its mirror";
  host.worker.on_deadline(kStart + 100s);
  EXPECT_EQ(host.worker.streams.size(), 0U) << "the neighbour's has timed out";
  EXPECT_EQ(host.worker.connections.size(), 0U) << "and its connects";
}

}  // namespace
}  // namespace shaketable::proxy
