#include "proxy/live/stats.h"

#include <cerrno>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/proxy/live/sample_stats.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/core_fixture.h"

namespace shaketable::proxy::live {
namespace {

using support::CoreHost;

/// A core in virtual time with the statistics of its worker.
struct Counted {
  explicit Counted(ProxyConfig core = sample_config().core) : host(tagged(std::move(core))) {}

  ProxyConfig tagged(ProxyConfig core) {
    stats.adopt(core);
    return core;
  }
  StatsSnapshot snapshot() const { return take_snapshot(config, stats, *host.sidecar); }

  LiveConfig config = sample_config();
  WorkerStats stats;
  CoreHost host;
};

std::vector<std::string> names_of(const StatsSnapshot& snapshot) {
  std::vector<std::string> names;
  for (const ClusterSnapshot& cluster : snapshot.clusters) {
    names.push_back(cluster.name);
  }
  return names;
}

TEST(StatsTest, CountsRequestsByClassFlagAndVersion) {
  ListenerStats stats;
  stats.on_request(http::Version::kHttp2);
  stats.on_request(http::Version::kHttp11);
  EXPECT_EQ(stats.rq_active, 2U);

  stats.on_request_end(503, kFlagUpstreamOverflow | kFlagUpstreamRetryLimitExceeded, 2ms, 5, 7);
  stats.on_request_end(0, kFlagDownstreamConnectionTermination, 1ms, 1, 0);

  EXPECT_EQ(stats.rq_total, 2U);
  EXPECT_EQ(stats.rq_active, 0U);
  EXPECT_EQ(stats.rq_http2_total, 1U);
  EXPECT_EQ(stats.rq_completed, 1U) << "one had no response";
  EXPECT_EQ(stats.rq_by_class, (StatusClasses{0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(stats.rq_by_flag[2], 1U) << "UO";
  EXPECT_EQ(stats.rq_by_flag[4], 1U) << "URX";
  EXPECT_EQ(stats.rq_by_flag[11], 1U) << "DC";
  EXPECT_EQ(stats.rq_rx_bytes, 6U);
  EXPECT_EQ(stats.rq_time.count(), 2U);
}

TEST(StatsTest, PutsUnusualStatusesIntoTheLastClass) {
  EXPECT_EQ(class_of(100), 0U);
  EXPECT_EQ(class_of(299), 1U);
  EXPECT_EQ(class_of(599), 4U);
  EXPECT_EQ(class_of(600), 5U);
  EXPECT_EQ(class_of(0), 5U);
  EXPECT_EQ(class_of(65'535), 5U);
}

TEST(StatsTest, TellsAcceptErrorsApart) {
  ListenerStats stats;
  for (const int error : {EMFILE, ENFILE, ENOMEM, ENOBUFS, EPROTO}) {
    stats.on_accept_error(error);
  }
  EXPECT_EQ(stats.accept_out_of_descriptors, 2U);
  EXPECT_EQ(stats.accept_out_of_memory, 2U);
  EXPECT_EQ(stats.accept_other, 1U);
}

TEST(StatsTest, TellsBadCertificatesApart) {
  const auto kind = [](std::string_view error) {
    return classify(http::TlsFailure::kBadCertificate, error);
  };
  EXPECT_EQ(kind("certificate refused: certificate has expired"), HandshakeFailure::kExpired);
  EXPECT_EQ(kind("certificate refused: certificate is not yet valid"), HandshakeFailure::kExpired);
  EXPECT_EQ(kind("certificate refused: certificate revoked"), HandshakeFailure::kRevoked);
  EXPECT_EQ(kind("certificate refused: unable to get certificate CRL"), HandshakeFailure::kRevoked);
  EXPECT_EQ(kind("certificate refused: unable to get local issuer certificate"),
            HandshakeFailure::kUnknownAuthority);
  EXPECT_EQ(kind("certificate refused: self-signed certificate in certificate chain"),
            HandshakeFailure::kUnknownAuthority);
  EXPECT_EQ(kind("certificate refused: trust domain evil.test is not trusted"),
            HandshakeFailure::kWrongName);
  EXPECT_EQ(kind("certificate refused: spiffe://a.test/x is not allowed"),
            HandshakeFailure::kWrongName);
  EXPECT_EQ(kind("certificate refused: hostname mismatch"), HandshakeFailure::kWrongName);
  EXPECT_EQ(kind("certificate refused: EE key too small"), HandshakeFailure::kBadCertificate);
  EXPECT_EQ(classify(http::TlsFailure::kPeerRefused, "the peer refused: certificate expired"),
            HandshakeFailure::kPeerRefused);
}

TEST(StatsTest, CountingDoesNotAllocateOnceEverythingWasSeen) {
  Counted counted;
  const std::uint32_t listener = counted.stats.listener_index("inbound");
  const std::uint32_t host = counted.stats.host_index(0, 1);
  const auto count = [&] {
    ListenerStats& stats = counted.stats.listeners[listener];
    stats.on_request(http::Version::kHttp11);
    stats.on_request_end(200, 0, 1500us, 1, 2);
    counted.stats.clusters[0].on_response(200, 1200us);
    ++counted.stats.hosts[host].rq_total;
    (void)counted.stats.host_index(0, 1);
    (void)counted.stats.listener_index("inbound");
  };
  count();
  const std::uint64_t before = support::allocation_count();
  for (int i = 0; i < 1000; ++i) {
    count();
  }
  EXPECT_EQ(support::allocation_count(), before);
}

TEST(StatsTest, NumbersStayWithTheirNamesOverReloads) {
  WorkerStats stats;
  ProxyConfig config = sample_config().core;
  stats.adopt(config);
  const std::uint32_t cart = config.clusters[0].tag;
  stats.clusters[cart].rq_completed = 7;
  const std::uint32_t host = stats.host_index(cart, 1);

  ProxyConfig changed;
  ClusterConfig first;
  first.name = "a-new-one";
  changed.clusters = {first, sample_config().core.clusters[0]};
  stats.adopt(changed);

  EXPECT_EQ(changed.clusters[1].tag, cart);
  EXPECT_NE(changed.clusters[0].tag, cart);
  EXPECT_EQ(stats.clusters[cart].rq_completed, 7U);
  EXPECT_EQ(stats.host_index(cart, 1), host);
  EXPECT_NE(stats.host_index(changed.clusters[0].tag, 1), host);
  EXPECT_EQ(stats.listener_index("b"), 0U);
  EXPECT_EQ(stats.listener_index("a"), 1U);
  EXPECT_EQ(stats.listener_index("b"), 0U);
}

TEST(StatsTest, ASnapshotShowsTheCoresNumbersAndTheDriversTogether) {
  Counted counted;
  const std::uint64_t first = counted.host.request();
  counted.host.request();
  counted.host.respond(first, 200);
  counted.stats.clusters[0].on_response(200, 2ms);
  ++counted.stats.hosts[counted.stats.host_index(0, 0)].rq_success;

  const StatsSnapshot snapshot = counted.snapshot();

  ASSERT_EQ(names_of(snapshot), (std::vector<std::string>{"cart", "pay"}));
  const ClusterSnapshot& cart = snapshot.clusters[0];
  EXPECT_EQ(cart.core.upstream_rq_total, 2U);
  EXPECT_EQ(cart.in_use.requests, 1U);
  EXPECT_EQ(cart.remaining_rq, 1023U);
  EXPECT_EQ(cart.metrics.rq_by_class[1], 1U);
  EXPECT_EQ(cart.membership_total, 2U);
  EXPECT_EQ(cart.membership_healthy, 2U);
  ASSERT_EQ(cart.hosts.size(), 2U);
  EXPECT_EQ(cart.hosts[0].stats.rq_success, 1U);
  EXPECT_EQ(cart.hosts[1].weight, 2U);
  EXPECT_FALSE(cart.rq_open);
  const ClusterSnapshot& pay = snapshot.clusters[1];
  EXPECT_EQ(pay.remaining_cx, 1024U) << "a cluster that nobody has used has its limits";
  EXPECT_EQ(pay.hosts.size(), 1U);
}

TEST(StatsTest, ASnapshotShowsAnOpenBreaker) {
  ProxyConfig core = sample_config().core;
  core.clusters[0].circuit_breakers.max_requests = 1;
  Counted counted(core);
  counted.host.request();

  const ClusterSnapshot cart = counted.snapshot().clusters[0];
  EXPECT_TRUE(cart.rq_open);
  EXPECT_EQ(cart.remaining_rq, 0U);
  EXPECT_FALSE(cart.cx_open);
}

TEST(StatsTest, EjectedHostsAreShownUntilTheyReturn) {
  ProxyConfig core = sample_config().core;
  core.clusters[0].outlier_detection.emplace();
  core.clusters[0].outlier_detection->consecutive_5xx = 1;
  core.clusters[0].outlier_detection->max_ejection_percent = 50;
  core.clusters[0].panic_threshold_percent = 0;
  Counted counted(core);
  counted.host.respond(counted.host.request(), 503);
  for (const TelemetryRecord& record : counted.host.records) {
    counted.stats.on_telemetry(record);
  }

  const ClusterSnapshot cart = counted.snapshot().clusters[0];
  EXPECT_EQ(cart.ejected, 1U);
  EXPECT_EQ(cart.membership_healthy, 1U);
  EXPECT_EQ(cart.metrics.ejections_by_cause[0], 1U);
  EXPECT_EQ(cart.hosts[0].stats.ejected + cart.hosts[1].stats.ejected, 1);

  counted.host.records.clear();
  counted.host.run_for(60s);
  for (const TelemetryRecord& record : counted.host.records) {
    counted.stats.on_telemetry(record);
  }
  const ClusterSnapshot after = counted.snapshot().clusters[0];
  EXPECT_EQ(after.ejected, 0U);
  EXPECT_FALSE(after.hosts[0].stats.ejected || after.hosts[1].stats.ejected);
}

TEST(StatsTest, AListenerThatWasRemovedIsShownWhileItHasConnections) {
  Counted counted;
  const std::uint32_t old = counted.stats.listener_index("old");
  counted.stats.listeners[old].on_accepted();
  ASSERT_EQ(counted.snapshot().listeners.size(), 2U);
  EXPECT_EQ(counted.snapshot().listeners[1].name, "old");

  counted.stats.listeners[old].on_closed(1s);
  EXPECT_EQ(counted.snapshot().listeners.size(), 1U);
}

TEST(StatsTest, WorkersAddUp) {
  StatsSnapshot sum = sample_stats();
  StatsSnapshot other = sample_stats();
  other.clusters[0].rq_open = true;
  other.clusters[0].membership_healthy = 2;
  std::swap(other.clusters[0], other.clusters[1]);
  ClusterSnapshot extra;
  extra.name = "only-there";
  other.clusters.push_back(extra);
  sum.merge(other);

  EXPECT_EQ(sum.workers, 2U);
  EXPECT_EQ(names_of(sum), (std::vector<std::string>{"cart", "pay", "only-there"}));
  EXPECT_EQ(sum.listeners[0].stats.rq_total, 4U);
  EXPECT_EQ(sum.listeners[0].stats.cx_active, 2U);
  EXPECT_EQ(sum.listeners[0].stats.rq_time.count(), 4U);
  EXPECT_EQ(sum.listeners[0].stats.tls.resumed, 2U);
  const ClusterSnapshot& cart = sum.clusters[0];
  EXPECT_EQ(cart.core.upstream_rq_total, 6U);
  EXPECT_EQ(cart.metrics.rq_by_status.entries().size(), 2U);
  EXPECT_EQ(cart.metrics.rq_by_status.entries()[0].count, 4U);
  EXPECT_EQ(cart.membership_total, 2U) << "hosts are the same ones";
  EXPECT_EQ(cart.membership_healthy, 1U) << "the worst view counts";
  EXPECT_TRUE(cart.rq_open);
  EXPECT_EQ(cart.remaining_cx, 2044U);
  EXPECT_EQ(cart.hosts[0].stats.rq_success, 4U);
  EXPECT_TRUE(cart.hosts[1].stats.ejected);
}

}  // namespace
}  // namespace shaketable::proxy::live
