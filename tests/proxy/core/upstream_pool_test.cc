#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

// The connection pool and its circuit breaker, seen through a sidecar.
namespace shaketable::proxy {
namespace {

using support::cluster_with;
using support::config_with;
using support::CoreHost;
using support::hosts_of;
using support::route_to;

struct Pool : CoreHost {
  explicit Pool(const ClusterConfig& cluster) : CoreHost(config_with({cluster}, {route_to()})) {}
  ~Pool() {
    const std::vector<std::string>& violations = checks.violations();
    EXPECT_TRUE(violations.empty()) << violations.front();
  }
};

ClusterConfig http1(std::uint32_t hosts = 1) { return cluster_with(hosts); }
ClusterConfig http2(std::uint32_t streams, std::uint32_t hosts = 1) {
  ClusterConfig cluster = cluster_with(hosts);
  cluster.protocol = UpstreamProtocol::kHttp2;
  cluster.max_concurrent_streams = streams;
  return cluster;
}

TEST(UpstreamPoolTest, OpensAnHttp1ConnectionPerRequestInFlightAndReusesIt) {
  Pool pool(http1());

  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();
  EXPECT_EQ(pool.opened.size(), 2U);
  pool.respond(a);
  pool.respond(b);
  pool.request();
  pool.request();

  EXPECT_EQ(pool.opened.size(), 2U);
  EXPECT_EQ(pool.cluster().breaker.connections, 2U);
  EXPECT_EQ(pool.cluster().breaker.requests, 2U);
}

TEST(UpstreamPoolTest, TakesTheConnectionThatWasUsedLast) {
  Pool pool(http1());
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();
  pool.respond(b);
  pool.respond(a);

  const std::uint64_t c = pool.request();

  EXPECT_EQ(pool.last_sent(c).connection, pool.last_sent(a).connection);
}

TEST(UpstreamPoolTest, ServesPendingRequestsInTheirOrder) {
  ClusterConfig cluster = http1();
  cluster.circuit_breakers.max_connections = 1;
  Pool pool(cluster);
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();
  const std::uint64_t c = pool.request();
  EXPECT_EQ(pool.cluster().breaker.pending_requests, 2U);
  EXPECT_EQ(pool.opened.size(), 1U);
  EXPECT_EQ(pool.cluster().stats.upstream_cx_overflow, 2U);

  pool.respond(a);
  EXPECT_EQ(pool.sends.back().token, b);
  pool.respond(b);

  EXPECT_EQ(pool.sends.back().token, c);
  EXPECT_EQ(pool.cluster().breaker.pending_requests, 0U);
}

TEST(UpstreamPoolTest, RefusesWhatExceedsThePendingLimit) {
  ClusterConfig cluster = http1();
  cluster.circuit_breakers.max_connections = 1;
  cluster.circuit_breakers.max_pending_requests = 2;
  Pool pool(cluster);
  pool.request();
  pool.request();
  pool.request();

  const std::uint64_t refused = pool.request();

  EXPECT_EQ(pool.text(refused), "503 UO");
  EXPECT_EQ(pool.cluster().stats.upstream_rq_pending_overflow, 1U);
  EXPECT_EQ(pool.cluster().breaker.pending_requests, 2U);
  ASSERT_FALSE(pool.records.empty());
  EXPECT_EQ(pool.records.back().kind, RecordKind::kOverflow);
  EXPECT_EQ(pool.records.back().reason, static_cast<std::uint8_t>(Resource::kPendingRequests));
  EXPECT_EQ(pool.records.back().a, 2U);
}

TEST(UpstreamPoolTest, NeedsAPendingPlaceEvenForTheFirstRequest) {
  ClusterConfig cluster = http1();
  cluster.circuit_breakers.max_pending_requests = 0;
  Pool pool(cluster);

  EXPECT_EQ(pool.text(pool.request()), "503 UO");
}

TEST(UpstreamPoolTest, RefusesWhatExceedsTheRequestLimit) {
  ClusterConfig cluster = http2(100);
  cluster.circuit_breakers.max_requests = 2;
  Pool pool(cluster);
  pool.request();
  pool.request();

  const std::uint64_t refused = pool.request();

  EXPECT_EQ(pool.text(refused), "503 UO");
  EXPECT_EQ(pool.records.back().reason, static_cast<std::uint8_t>(Resource::kRequests));
  EXPECT_EQ(pool.cluster().breaker.requests, 2U);
}

TEST(UpstreamPoolTest, RefusesPendingRequestsWhenTheirTurnFindsTheRequestLimit) {
  ClusterConfig cluster = http1();
  cluster.circuit_breakers.max_requests = 1;
  Pool pool(cluster);
  pool.connects = false;
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();

  pool.connect(pool.opened[0]);
  EXPECT_EQ(pool.text(a), "open");
  pool.connect(pool.opened[1]);

  EXPECT_EQ(pool.text(b), "503 UO");
  EXPECT_EQ(pool.cluster().breaker.pending_requests, 0U);
}

TEST(UpstreamPoolTest, OpensOneConnectionPerHostWhateverTheLimit) {
  ClusterConfig cluster = http1(3);
  cluster.circuit_breakers.max_connections = 1;
  Pool pool(cluster);

  pool.request();
  pool.request();
  pool.request();

  EXPECT_EQ(pool.opened.size(), 3U);
  EXPECT_EQ(pool.sends.size(), 3U);
  EXPECT_EQ(pool.cluster().stats.upstream_cx_overflow, 2U);
}

TEST(UpstreamPoolTest, PutsManyHttp2RequestsOnOneConnection) {
  Pool pool(http2(3));

  for (int i = 0; i < 3; ++i) {
    pool.request();
  }
  EXPECT_EQ(pool.opened.size(), 1U);
  pool.request();

  EXPECT_EQ(pool.opened.size(), 2U) << "the fourth needs another one";
}

TEST(UpstreamPoolTest, ConnectsForAsManyHttp2RequestsAsFit) {
  Pool pool(http2(2));
  pool.connects = false;

  for (int i = 0; i < 5; ++i) {
    pool.request();
  }
  EXPECT_EQ(pool.opened.size(), 3U);
  pool.connect(pool.opened[0]);

  EXPECT_EQ(pool.sends.size(), 2U);
  EXPECT_EQ(pool.cluster().breaker.pending_requests, 3U);
}

TEST(UpstreamPoolTest, ServesHttp2PendingRequestsOnTheConnectionThatFreesAPlace) {
  ClusterConfig cluster = http2(2);
  cluster.circuit_breakers.max_connections = 1;
  Pool pool(cluster);
  const std::uint64_t a = pool.request();
  pool.request();
  const std::uint64_t c = pool.request();
  EXPECT_EQ(pool.sends_of(c), 0U);

  pool.respond(a);

  EXPECT_EQ(pool.sends_of(c), 1U);
}

TEST(UpstreamPoolTest, ClosesAConnectionThatHasServedItsRequests) {
  ClusterConfig cluster = http1();
  cluster.max_requests_per_connection = 2;
  Pool pool(cluster);

  pool.respond(pool.request());
  EXPECT_TRUE(pool.closed.empty());
  pool.respond(pool.request());
  EXPECT_EQ(pool.closed, pool.opened);
  pool.respond(pool.request());

  EXPECT_EQ(pool.opened.size(), 2U);
  EXPECT_EQ(pool.cluster().breaker.connections, 1U);
}

TEST(UpstreamPoolTest, ClosesASpentHttp2ConnectionWithItsLastStream) {
  ClusterConfig cluster = http2(10);
  cluster.max_requests_per_connection = 2;
  Pool pool(cluster);
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();
  const std::uint64_t c = pool.request();
  EXPECT_NE(pool.last_sent(c).connection, pool.last_sent(a).connection);

  pool.respond(a);
  EXPECT_TRUE(pool.closed.empty());
  pool.respond(b);

  EXPECT_EQ(pool.closed.size(), 1U);
}

TEST(UpstreamPoolTest, ConnectsForEveryPendingRequestIfAConnectionServesOne) {
  ClusterConfig cluster = http2(10);
  cluster.max_requests_per_connection = 1;
  Pool pool(cluster);
  pool.connects = false;

  pool.request();
  pool.request();
  pool.request();

  EXPECT_EQ(pool.opened.size(), 3U);
}

TEST(UpstreamPoolTest, FailsAllPendingRequestsOfTheHostWithItsConnection) {
  Pool pool(http1());
  pool.connects = false;
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();

  pool.fail_connect(pool.opened[0]);

  EXPECT_EQ(pool.text(a), "503 UF");
  EXPECT_EQ(pool.text(b), "503 UF");
  EXPECT_EQ(pool.cluster().stats.upstream_cx_connect_fail, 1U);
  EXPECT_EQ(pool.cluster().breaker.pending_requests, 0U);
  EXPECT_EQ(pool.cluster().breaker.connections, 1U) << "the other one may still succeed";
}

TEST(UpstreamPoolTest, GivesUpConnectingAfterTheTimeout) {
  ClusterConfig cluster = http1();
  cluster.connect_timeout = 2s;
  Pool pool(cluster);
  pool.connects = false;
  const std::uint64_t a = pool.request();
  pool.run_for(1s);
  const std::uint64_t b = pool.request();

  pool.run_for(1s);

  EXPECT_EQ(pool.text(a), "503 UF");
  EXPECT_EQ(pool.text(b), "503 UF");
  EXPECT_EQ(pool.outcome(b).at, kStart + 2s);
  EXPECT_EQ(pool.closed, std::vector<ConnectionId>{pool.opened[0]});
  EXPECT_EQ(pool.cluster().stats.upstream_cx_connect_timeout, 1U);
  EXPECT_EQ(pool.count(RecordKind::kConnectFailed), 1U);
}

TEST(UpstreamPoolTest, TreatsAConnectionThatClosesWhileConnectingAsFailed) {
  Pool pool(http1());
  pool.connects = false;
  const std::uint64_t a = pool.request();

  pool.close(pool.opened[0]);

  EXPECT_EQ(pool.text(a), "503 UF");
  EXPECT_EQ(pool.opened.size(), 1U);
}

TEST(UpstreamPoolTest, IgnoresASecondConnectAndLateNews) {
  Pool pool(http1());
  const std::uint64_t a = pool.request();
  const ConnectionId connection = pool.opened[0];

  pool.sidecar->on_connected(pool.now, connection);
  EXPECT_EQ(pool.sends.size(), 1U);
  pool.close(connection);
  pool.sidecar->on_connected(pool.now, connection);
  pool.sidecar->on_connect_failed(pool.now, connection);
  pool.sidecar->on_connection_closed(pool.now, connection);

  EXPECT_EQ(pool.text(a), "503 UC");
  EXPECT_EQ(pool.cluster().breaker.connections, 0U);
}

TEST(UpstreamPoolTest, ReplacesAConnectionThatClosedForThoseWhoWait) {
  ClusterConfig cluster = http1();
  cluster.circuit_breakers.max_connections = 1;
  Pool pool(cluster);
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();

  pool.close(pool.opened[0]);

  EXPECT_EQ(pool.text(a), "503 UC");
  EXPECT_EQ(pool.opened.size(), 2U);
  EXPECT_EQ(pool.sends_of(b), 1U);
}

TEST(UpstreamPoolTest, ClosesConnectionsThatWereIdleForTheTimeout) {
  ClusterConfig cluster = http1();
  cluster.pool_idle_timeout = 10s;
  Pool pool(cluster);
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();
  pool.respond(a);  // idle from 0 s
  pool.run_for(4s);
  pool.respond(b);  // idle from 4 s

  pool.run_until(kStart + 10s);
  EXPECT_EQ(pool.closed.size(), 1U);
  pool.run_until(kStart + 14s - 1ns);
  EXPECT_EQ(pool.closed.size(), 1U);
  pool.run_until(kStart + 14s);

  EXPECT_EQ(pool.closed.size(), 2U);
  EXPECT_EQ(pool.worker.deadlines.size(), 0U);
}

TEST(UpstreamPoolTest, DoesNotCloseBusyConnectionsAsIdle) {
  ClusterConfig cluster = http2(10);
  cluster.pool_idle_timeout = 1s;
  Pool pool(cluster);
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();
  pool.respond(b);

  pool.run_for(10s);
  EXPECT_TRUE(pool.closed.empty());
  pool.respond(a);
  pool.run_for(1s);

  EXPECT_EQ(pool.closed.size(), 1U);
}

TEST(UpstreamPoolTest, KeepsTheTimeOfAConnectionThatNobodyNeededAnyMore) {
  ClusterConfig cluster = http1();
  cluster.pool_idle_timeout = 10s;
  Pool pool(cluster);
  pool.connects = false;
  pool.now = kStart + 100s;
  const std::uint64_t a = pool.request();
  pool.downstream_reset(a);

  pool.connect(pool.opened[0]);
  pool.run_for(9s);
  EXPECT_TRUE(pool.closed.empty());
  pool.run_for(1s);

  EXPECT_EQ(pool.closed.size(), 1U);
}

TEST(UpstreamPoolTest, ClosesAnHttp1ConnectionWhoseRequestWasGivenUp) {
  Pool pool(http1());
  const std::uint64_t a = pool.request();

  pool.downstream_reset(a);

  EXPECT_EQ(pool.cancelled.size(), 1U);
  EXPECT_EQ(pool.closed, pool.opened);
}

TEST(UpstreamPoolTest, KeepsAnHttp2ConnectionWhoseRequestWasGivenUp) {
  Pool pool(http2(10));
  const std::uint64_t a = pool.request();

  pool.downstream_reset(a);

  EXPECT_EQ(pool.cancelled.size(), 1U);
  EXPECT_TRUE(pool.closed.empty());
}

TEST(UpstreamPoolTest, TakesAPendingRequestOutOfTheMiddleOfTheQueue) {
  ClusterConfig cluster = http1();
  cluster.circuit_breakers.max_connections = 1;
  Pool pool(cluster);
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();
  const std::uint64_t c = pool.request();

  pool.downstream_reset(b);
  EXPECT_EQ(pool.cluster().breaker.pending_requests, 1U);
  pool.respond(a);

  EXPECT_EQ(pool.sends_of(b), 0U);
  EXPECT_EQ(pool.sends_of(c), 1U);
}

TEST(UpstreamPoolTest, ClosesIdleConnectionsOfHostsThatLeft) {
  Pool pool(http1(2));
  pool.respond(pool.request());
  pool.respond(pool.request());
  ASSERT_EQ(pool.opened.size(), 2U);

  pool.set_hosts(hosts_of({1}));
  pool.respond(pool.request());

  EXPECT_EQ(pool.closed.size(), 1U);
  EXPECT_EQ(pool.sends.back().host, 1U);
}

TEST(UpstreamPoolTest, LetsRequestsAtAHostThatLeftEnd) {
  Pool pool(http1(2));
  const std::uint64_t a = pool.request();
  const std::uint32_t host = pool.last_sent(a).host;

  pool.set_hosts(hosts_of({1 - host}));
  const std::uint64_t b = pool.request();
  EXPECT_EQ(pool.last_sent(b).host, 1 - host);
  pool.respond(a);

  EXPECT_EQ(pool.text(a), "200 -");
  EXPECT_EQ(pool.closed, std::vector<ConnectionId>{pool.last_sent(a).connection});
}

TEST(UpstreamPoolTest, ServesPendingRequestsOfAHostThatLeftAndClosesThen) {
  ClusterConfig cluster = http1(1);
  cluster.circuit_breakers.max_connections = 1;
  Pool pool(cluster);
  const std::uint64_t a = pool.request();
  const std::uint64_t b = pool.request();

  pool.set_hosts(hosts_of({5}));
  const std::uint64_t c = pool.request();
  pool.respond(a);
  pool.respond(b);
  pool.respond(c);

  EXPECT_EQ(pool.text(b), "200 -");
  EXPECT_EQ(pool.outcome(b).host, 0U);
  EXPECT_EQ(pool.closed, std::vector<ConnectionId>{pool.last_sent(b).connection});
}

TEST(UpstreamPoolTest, WelcomesAHostThatReturns) {
  Pool pool(http1(1));
  pool.respond(pool.request());
  pool.set_hosts(hosts_of({}));
  EXPECT_EQ(pool.text(pool.request()), "503 UH");
  pool.set_hosts(hosts_of({0}));

  const std::uint64_t back = pool.request();
  pool.respond(back);

  EXPECT_EQ(pool.text(back), "200 -");
  EXPECT_EQ(pool.opened.size(), 2U);
  EXPECT_EQ(pool.closed.size(), 1U);
}

}  // namespace
}  // namespace shaketable::proxy
