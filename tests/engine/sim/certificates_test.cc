#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

// Certificates that have run out, and clocks that are wrong. Messages take 1 ms each way.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

using Latencies = std::vector<Duration>;

/// shop -> price with mTLS between their sidecars: 11 ms with a new connection, 7 ms with an old
/// one.
ScenarioBuilder secured(std::uint32_t prices = 1) {
  ScenarioBuilder build;
  build.scenario.mesh.network.tls = true;
  build.sidecars = true;
  build.service("price", shared(8), {work(3ms)}, prices);
  build.service("shop", shared(8), {build.call("price")});
  return build;
}

std::uint64_t called(const TestRun& test, Outcome outcome) {
  return test.edge("shop", "price")->total.outcomes[static_cast<std::size_t>(outcome)];
}

TEST(CertificatesExpireTest, NoNewConnectionSucceedsAfterTheTimeOfItsHandshake) {
  for (const char* const target : {"price", "shop", ""}) {
    ScenarioBuilder build = secured();
    build.requests("shop", 2);
    build.fault(FaultKind::kCertExpire, target, 0s, 500ms);

    const auto test = run(build);

    // In, two round trips, out: the application never sees it.
    EXPECT_EQ(test->latencies(), (Latencies{6ms, 11ms})) << target;
    EXPECT_EQ(called(*test, Outcome::kConnection), 1) << target;
    EXPECT_EQ(test->served("price", Outcome::kOk), 1) << target;
  }
}

TEST(CertificatesExpireTest, OpenConnectionsGoOn) {
  ScenarioBuilder build = secured();
  build.requests("shop", 8);
  build.fault(FaultKind::kCertExpire, "price", 500ms, 0s);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 8);
  EXPECT_EQ(test->latencies().back(), 7ms);
}

TEST(CertificatesExpireTest, ItShowsAsConnectionsEnd) {
  ScenarioBuilder build = secured();
  build.policy("price").policy.max_requests_per_connection = 3;
  build.requests("shop", 9);
  build.fault(FaultKind::kCertExpire, "price", 500ms, 6s);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{11ms, 7ms, 7ms, 6ms, 6ms, 6ms, 6ms, 11ms, 7ms}));
}

TEST(CertificatesExpireTest, AnotherServicesConnectionsAreNotItsBusiness) {
  ScenarioBuilder build = secured();
  build.service("other", shared(8), {});
  build.requests("shop", 2);
  build.fault(FaultKind::kCertExpire, "other", 0s, 0s);

  EXPECT_EQ(run(build)->answers(Outcome::kOk), 2);
}

TEST(CertificatesExpireTest, WithoutMutualTlsNobodyLooks) {
  for (const bool tls : {false, true}) {
    ScenarioBuilder build = secured();
    build.scenario.mesh.network.tls = tls;
    build["price"].sidecar = !tls;
    build.requests("shop", 2);
    build.fault(FaultKind::kCertExpire, "", 0s, 0s);

    EXPECT_EQ(run(build)->answers(Outcome::kOk), 2) << tls;
  }
}

TEST(CertificatesExpireTest, ARetryOfAConnectFailureGoesToAnInstanceThatIsAllRight) {
  ScenarioBuilder build = secured(2);
  build.policy("price").default_route = istio_default_route();
  build.policy("price").policy.max_requests_per_connection = 1;
  build.requests("shop", 50, 100ms);
  build.fault(FaultKind::kCertExpire, "price", 0s, 0s).target.instance = 0;

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 50);
  EXPECT_GT(test->edge("shop", "price")->total.retries, 10);
}

TEST(CertificatesExpireTest, AFailedHandshakeCountsForOutlierDetection) {
  ScenarioBuilder build = secured(2);
  proxy::OutlierDetection detection;
  detection.consecutive_5xx = 3;
  detection.max_ejection_percent = 50;
  build.policy("price").policy.outlier_detection = detection;
  build.policy("price").policy.max_requests_per_connection = 1;
  build.requests("shop", 50, 100ms);
  build.fault(FaultKind::kCertExpire, "price", 0s, 0s).target.instance = 0;

  const auto test = run(build);

  ASSERT_FALSE(test->events(EventKind::kEjection).empty());
  EXPECT_EQ(test->events(EventKind::kEjection).front().instance, 0);
  EXPECT_EQ(test->answers(Outcome::kServerError), 3);
}

TEST(CertificatesExpireTest, WhoComesLaterIsHitAsWell) {
  ScenarioBuilder build = secured();
  build["price"].start_delay = 1s;
  build.policy("price").policy.max_requests_per_connection = 1;
  build.requests("shop", 50, 100ms, 4s);
  build.fault(FaultKind::kCertExpire, "price", 1s, 0s);
  build.fault(FaultKind::kScale, "price", 1500ms, 0s).instances = 4;

  EXPECT_EQ(run(build)->answers(Outcome::kOk), 0);
}

TEST(CertificatesExpireTest, AClickStartsItAndTheJournalReplaysIt) {
  ScenarioBuilder build = secured();
  build.policy("price").policy.max_requests_per_connection = 1;
  build.requests("shop", 6);
  TestRun clicked(build.scenario);
  clicked.simulator().run_until(at(1500ms));
  Fault fault;
  fault.kind = FaultKind::kCertExpire;
  fault.length = 2s;
  fault.target.service = build.index("price");
  clicked.simulator().inject(fault);

  clicked.finish();
  build.scenario.faults = clicked.simulator().journal();

  EXPECT_EQ(clicked.latencies(), (Latencies{11ms, 11ms, 6ms, 6ms, 11ms, 11ms}));
  EXPECT_EQ(run(build)->latencies(), clicked.latencies());
}

Fault& skew(ScenarioBuilder& build, const std::string& service, Duration amount, Duration when = 0s,
            Duration length = 0s) {
  Fault& fault = build.fault(FaultKind::kClockSkew, service, when, length);
  fault.amount = amount;
  return fault;
}

TEST(ClockSkewTest, AClockADayAheadTakesEveryCertificateForExpired) {
  for (const char* const target : {"price", "shop"}) {
    ScenarioBuilder build = secured();
    build.requests("shop", 2);
    skew(build, target, 24h + 1s, 0s, 500ms);

    EXPECT_EQ(run(build)->latencies(), (Latencies{6ms, 11ms})) << target;
  }
}

TEST(ClockSkewTest, OpenConnectionsGoOn) {
  ScenarioBuilder build = secured();
  build.requests("shop", 8);
  skew(build, "price", 25h, 500ms);

  EXPECT_EQ(run(build)->answers(Outcome::kOk), 8);
}

TEST(ClockSkewTest, HalfOfTheCertificatesAreTooOldForAClockEighteenHoursAhead) {
  ScenarioBuilder build = secured(200);
  build.policy("price").policy.lb_policy = proxy::LbPolicy::kRoundRobin;
  build.requests("shop", 200, 10ms);
  skew(build, "shop", 18h);

  EXPECT_NEAR(static_cast<double>(run(build)->answers(Outcome::kOk)), 100, 25);
}

TEST(ClockSkewTest, AClockBehindMindsFreshCertificatesOnly) {
  ScenarioBuilder build = secured();
  build.policy("price").policy.max_requests_per_connection = 1;
  build.scenario.run.duration = 10min;
  build.requests("shop", 10, 1min, 30s);
  skew(build, "shop", -5min);
  build.fault(FaultKind::kKill, "price", 2min, 0s).restart_after = 10s;

  const Latencies seen = run(build)->latencies();

  ASSERT_EQ(seen.size(), 10);
  EXPECT_EQ((Latencies{seen.begin(), seen.begin() + 2}), (Latencies{11ms, 11ms})) << "hours old";
  // Back at 130 s, with a certificate from 10 s on; good by a clock 5 minutes behind at 310 s.
  EXPECT_EQ((Latencies{seen.begin() + 2, seen.begin() + 5}), (Latencies{6ms, 6ms, 6ms}));
  EXPECT_EQ((Latencies{seen.begin() + 5, seen.end()}), Latencies(5, 11ms));
}

TEST(ClockSkewTest, ARestartHelpsAgainstAClockThatIsAhead) {
  ScenarioBuilder build = secured();
  build.policy("price").policy.max_requests_per_connection = 1;
  build.requests("shop", 8);
  skew(build, "shop", 23h + 50min);
  build.fault(FaultKind::kKill, "price", 2500ms, 0s).restart_after = 100ms;

  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    EXPECT_EQ(run(build, 0, seed)->answers(Outcome::kOk), 5) << seed;
  }
}

TEST(ClockSkewTest, SeveralAddUpAndEndApart) {
  ScenarioBuilder build = secured();
  build.policy("price").policy.max_requests_per_connection = 1;
  build.requests("shop", 5);
  skew(build, "shop", 12h, 500ms, 3s);
  skew(build, "shop", 12h + 2min, 1500ms, 1s);
  skew(build, "shop", -2min, 0s, 0s);

  // 24 h from 1.5 to 2.5 s; half of it, or 2 minutes behind, does no harm.
  EXPECT_EQ(run(build)->latencies(), (Latencies{11ms, 11ms, 6ms, 11ms, 11ms}));
}

TEST(ClockSkewTest, ItHitsAsManyInstancesAsItSays) {
  ScenarioBuilder build = secured(4);
  build.policy("price").policy.lb_policy = proxy::LbPolicy::kRoundRobin;
  build.policy("price").policy.max_requests_per_connection = 1;
  build.requests("shop", 40, 100ms);
  skew(build, "price", 25h).instances = 1;

  EXPECT_EQ(run(build)->answers(Outcome::kOk), 30);
}

TEST(ClockSkewTest, WhoComesLaterHasAWrongClockIfAllHave) {
  for (const bool all : {false, true}) {
    ScenarioBuilder build = secured();
    build["price"].start_delay = 1s;
    build.policy("price").policy.lb_policy = proxy::LbPolicy::kRoundRobin;
    build.policy("price").policy.max_requests_per_connection = 1;
    build.requests("shop", 40, 100ms, 4s);
    skew(build, "price", 25h).instances = all ? 0 : 1;
    build.fault(FaultKind::kScale, "price", 500ms, 0s).instances = 4;

    EXPECT_EQ(run(build)->answers(Outcome::kOk), all ? 0 : 30);
  }
}

TEST(ClockSkewTest, TheSameSeedGivesTheSameRun) {
  ScenarioBuilder build = secured(20);
  build.policy("price").policy.max_requests_per_connection = 1;
  build.poisson("shop", 100);
  skew(build, "shop", 18h, 1s, 5s);

  const auto one = run(build, 0, 7);

  EXPECT_EQ(run(build, 0, 7)->record().fingerprint, one->record().fingerprint);
  EXPECT_NE(run(build, 0, 8)->record().fingerprint, one->record().fingerprint);
  EXPECT_GT(one->answers(Outcome::kOk), 0);
}

}  // namespace
}  // namespace shaketable::engine
