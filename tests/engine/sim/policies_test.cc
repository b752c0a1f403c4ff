#include <gtest/gtest.h>

#include "proxy/telemetry/response_flags.h"
#include "tests/support/scenario_builder.h"

// The sidecars' policies, seen from the services and in the run's events.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

using Latencies = std::vector<Duration>;

/// shop -> price with both sidecars; price has three instances, which are called in turn.
ScenarioBuilder meshed(std::vector<Step> steps = {work(1ms)}, std::uint32_t instances = 3) {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("price", shared(8), std::move(steps), instances);
  build.service("shop", shared(8), {build.call("price")});
  build.policy("price").policy.lb_policy = proxy::LbPolicy::kRoundRobin;
  return build;
}

std::uint64_t edge_outcome(const TestRun& test, Outcome outcome) {
  const Series* const edge = test.edge("shop", "price");
  return edge == nullptr ? 0 : edge->total.outcomes[static_cast<std::size_t>(outcome)];
}

TEST(PoliciesTest, RetriesReachAnotherHost) {
  ScenarioBuilder build = meshed();
  proxy::RetryPolicy retry;
  retry.retry_on = proxy::kRetryOn5xx;
  retry.num_retries = 2;
  retry.previous_hosts = true;
  build.policy("price").default_route.retry = retry;
  Fault& bad = build.fault(FaultKind::kAbort, "price", 0s, 0s);
  bad.target.instance = 1;
  build.requests("shop", 30, 100ms);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 30);
  EXPECT_GE(test->served("price", Outcome::kServerError), 10);
  EXPECT_EQ(test->edge("shop", "price")->total.retries,
            test->served("price", Outcome::kServerError));
}

TEST(PoliciesTest, StatusesThatAreNotTheUsualOnesOfTheirOutcomeAreRecorded) {
  ScenarioBuilder build = meshed();
  build.fault(FaultKind::kAbort, "price", 0s, 0s).target.instance = 1;
  build.requests("shop", 30, 100ms);

  const auto test = run(build);
  const auto count_of = [](const Series* series, std::uint16_t status) {
    std::uint64_t count = 0;
    for (const StatusCell& cell : series->statuses) {
      count += cell.status == status ? cell.count : 0;
    }
    return count;
  };

  const Series* const load =
      find_series(test->record(), {.kind = Subject::Kind::kJourney, .load = 0});

  ASSERT_NE(load, nullptr);
  EXPECT_EQ(count_of(load, 502), 10) << "the shop cannot answer without the price";
}

TEST(PoliciesTest, EveryInstanceHasItsOwnFigures) {
  ScenarioBuilder build = meshed();
  build.fault(FaultKind::kAbort, "price", 0s, 0s).target.instance = 1;
  build.requests("shop", 30, 100ms);

  const auto test = run(build);
  std::vector<std::uint64_t> errors;
  for (const InstanceSeries& series : test->record().instances) {
    std::uint64_t sum = 0;
    for (const InstancePoint& point : series.points) {
      sum += point.errors;
    }
    errors.push_back(sum);
  }

  EXPECT_EQ(errors, (std::vector<std::uint64_t>{0, 10, 0, 10})) << "price 1 to 3, shop";
}

TEST(PoliciesTest, WithoutRetriesTheFailuresAreSeen) {
  ScenarioBuilder build = meshed();
  build.fault(FaultKind::kAbort, "price", 0s, 0s).target.instance = 1;
  build.requests("shop", 30, 100ms);

  EXPECT_EQ(run(build)->answers(Outcome::kServerError), 10);
}

TEST(PoliciesTest, RouteTimeoutsEndACallAndItsWork) {
  ScenarioBuilder build = meshed({wait(1s)});
  build["price"].versions[0].runtime.cancel = true;
  build.policy("price").default_route.timeout = 100ms;
  build.requests("shop", 2);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{102ms, 102ms}));
  EXPECT_EQ(edge_outcome(*test, Outcome::kTimeout), 2);
  EXPECT_EQ(test->simulator().census().visits, 0);
  EXPECT_EQ(test->simulator().census().attempts, 0);
}

TEST(PoliciesTest, PerTryTimeoutsLeadToAnotherTry) {
  ScenarioBuilder build = meshed();
  proxy::RetryPolicy retry;
  retry.retry_on = proxy::kRetryOn5xx;
  retry.per_try_timeout = 50ms;
  retry.previous_hosts = true;
  build.policy("price").default_route.retry = retry;
  Fault& slow = build.fault(FaultKind::kDelay, "price", 0s, 0s);
  slow.target.instance = 0;
  slow.time = Distribution::constant(2s);
  build.requests("shop", 9);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 9);
  std::uint64_t tried_again = 0;
  for (const Duration latency : test->latencies()) {
    tried_again += latency > 50ms ? 1 : 0;
    EXPECT_LT(latency, 90ms) << "50 ms, a back-off below 25 ms, and the second try";
  }
  EXPECT_GE(tried_again, 3);
  EXPECT_EQ(test->edge("shop", "price")->total.retries, tried_again);
}

TEST(PoliciesTest, AnOpenBreakerRefusesAndTheLogSaysSo) {
  ScenarioBuilder build = meshed({wait(500ms)}, 1);
  build.policy("price").policy.circuit_breakers.max_pending_requests = 1;
  build.policy("price").policy.circuit_breakers.max_connections = 1;
  build.burst("shop", 5, 2s);

  const auto test = run(build);

  EXPECT_EQ(edge_outcome(*test, Outcome::kRefused), 4);
  EXPECT_EQ(edge_outcome(*test, Outcome::kOk), 1);
  const std::vector<RunEvent> opened = test->events(EventKind::kCircuitOpen);
  ASSERT_EQ(opened.size(), 1);
  EXPECT_EQ(opened[0].at, at(2001ms));
  EXPECT_EQ(opened[0].reason, "max_pending_requests = 1");
  EXPECT_EQ(opened[0].service, build.index("price"));
  EXPECT_EQ(opened[0].caller, build.index("shop"));
  EXPECT_EQ(opened[0].count, 4);
  EXPECT_EQ(test->events(EventKind::kCircuitClose).size(), 1);
}

TEST(PoliciesTest, OutliersAreEjectedAndComeBack) {
  ScenarioBuilder build = meshed();
  proxy::OutlierDetection detection;
  detection.consecutive_5xx = 3;
  detection.interval = 1s;
  detection.base_ejection_time = 3s;
  detection.max_ejection_percent = 50;
  build.policy("price").policy.outlier_detection = detection;
  build.fault(FaultKind::kAbort, "price", 0s, 2s).target.instance = 2;
  build.requests("shop", 900, 10ms);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kServerError), 3);
  ASSERT_EQ(test->events(EventKind::kEjection).size(), 1);
  EXPECT_EQ(test->events(EventKind::kEjection)[0].instance, 2);
  EXPECT_EQ(test->events(EventKind::kEjection)[0].reason, "3 consecutive 5xx");
  ASSERT_EQ(test->events(EventKind::kUnejection).size(), 1);
  EXPECT_EQ(test->events(EventKind::kUnejection)[0].instance, 2);
}

TEST(PoliciesTest, WhatWasNotEjectedIsExplained) {
  ScenarioBuilder build = meshed();
  proxy::OutlierDetection detection;
  detection.consecutive_5xx = 3;
  build.policy("price").policy.outlier_detection = detection;  // at most 10 % of three hosts
  build.fault(FaultKind::kAbort, "price", 0s, 0s).target.instance = 2;
  build.requests("shop", 90, 10ms);

  const auto test = run(build);

  EXPECT_TRUE(test->events(EventKind::kEjection).empty());
  ASSERT_EQ(test->record().explanations.size(), 1);
  EXPECT_EQ(test->record().explanations[0].text,
            "not ejected: max_ejection_percent 10 % of 3 hosts allows no further one");
}

TEST(PoliciesTest, TooFewHealthyHostsAreAPanic) {
  ScenarioBuilder build = meshed();
  proxy::OutlierDetection detection;
  detection.consecutive_5xx = 3;
  detection.max_ejection_percent = 100;
  build.policy("price").policy.outlier_detection = detection;
  build.fault(FaultKind::kAbort, "price", 0s, 0s);
  build.requests("shop", 90, 10ms);

  const auto test = run(build);

  EXPECT_EQ(test->events(EventKind::kPanic).size(), 1);
  EXPECT_EQ(test->served("price", Outcome::kServerError), 90) << "all hosts are used";
}

TEST(PoliciesTest, WeightsSplitTheTrafficBetweenVersions) {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("price", shared(8), {});
  build.version("v2", shared(8), {});
  build.service("shop", shared(8), {build.call("price")});
  DestinationPolicy& policy = build.policy("price");
  policy.subsets = {{"v1", {{"version", "v1"}}, {}, {}}, {"v2", {{"version", "v2"}}, {}, {}}};
  RouteRule rule;
  rule.route = build.scenario.mesh.default_route;
  rule.destinations = {{build.index("price"), "v1", 90}, {build.index("price"), "v2", 10}};
  policy.rules = {rule};
  build.requests("shop", 4'000, 2ms);

  const auto test = run(build);

  EXPECT_NEAR(static_cast<double>(test->served("price", Outcome::kOk, 1)), 400, 70);
  EXPECT_EQ(test->served("price", Outcome::kOk, 0) + test->served("price", Outcome::kOk, 1), 4'000);
}

TEST(PoliciesTest, VersionsMayBehaveDifferently) {
  ScenarioBuilder build;
  build.service("price", workers(4), {work(1ms)});
  build.version("v2", workers(4), {work(9ms)});
  build.requests("price", 4);

  EXPECT_EQ(run(build)->latencies(), (Latencies{3ms, 11ms, 3ms, 11ms}));
}

TEST(PoliciesTest, HeadersOfTheClientChooseTheRouteAllTheWay) {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("price", shared(8), {});
  build.version("v2", shared(8), {});
  build.service("shop", shared(8), {build.call("price")});
  DestinationPolicy& policy = build.policy("price");
  policy.subsets = {{"v1", {{"version", "v1"}}, {}, {}}, {"v2", {{"version", "v2"}}, {}, {}}};
  RouteRule to_v2;
  to_v2.route = build.scenario.mesh.default_route;
  to_v2.route.match.headers = {
      {"x-canary", {proxy::StringMatch::Kind::kExact, "yes", false}, false}};
  to_v2.destinations = {{build.index("price"), "v2", 1}};
  RouteRule to_v1;
  to_v1.route = build.scenario.mesh.default_route;
  to_v1.destinations = {{build.index("price"), "v1", 1}};
  policy.rules = {to_v2, to_v1};
  build.requests("shop", 7, 100ms);
  build.requests("shop", 5, 100ms).targets.front().headers = {{"x-canary", "yes"}};

  const auto test = run(build);

  EXPECT_EQ(test->served("price", Outcome::kOk, 0), 7);
  EXPECT_EQ(test->served("price", Outcome::kOk, 1), 5);
}

TEST(PoliciesTest, ARewriteChangesTheEndpointThatServes) {
  ScenarioBuilder build;
  build.sidecars = true;
  engine::Service& price = build.service("price", shared(8), {});
  price.endpoint_names.push_back("GET /v2/price");
  Endpoint other = price.versions[0].endpoints[0];
  other.name = "GET /v2/price";
  other.path = "/v2/price";
  other.error_ppm = 1'000'000;
  price.versions[0].endpoints.push_back(other);
  build.service("shop", shared(8), {build.call("price")});
  RouteRule rule;
  rule.route = build.scenario.mesh.default_route;
  rule.route.match.path = {proxy::PathMatch::Kind::kPrefix, "/", false};
  rule.route.rewrite = proxy::Rewrite{"/v2/", "", "", ""};
  rule.destinations = {{build.index("price"), "", 1}};
  build.policy("price").rules = {rule};
  build.requests("shop", 4, 100ms);

  const auto test = run(build);

  EXPECT_EQ(test->served("price", Outcome::kServerError), 4);
}

TEST(PoliciesTest, FaultFiltersDelayAndAbort) {
  ScenarioBuilder build = meshed({}, 1);
  proxy::FaultPolicy fault;
  fault.delay_ppm = 1'000'000;
  fault.fixed_delay = 300ms;
  fault.abort_ppm = 1'000'000;
  fault.abort_status = 555;
  build.policy("price").default_route.fault = fault;
  build.requests("shop", 1);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), Latencies{302ms});
  EXPECT_EQ(edge_outcome(*test, Outcome::kInjected), 1);
  EXPECT_EQ(test->served("price", Outcome::kOk), 0);
}

TEST(PoliciesTest, MirrorsAreServedAndNobodyWaitsForThem) {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("shadow", shared(8), {wait(700ms)});
  build["shadow"].endpoint_names[0] = build["shadow"].versions[0].endpoints[0].name = "GET /price";
  build.service("price", shared(8), {});
  build.service("shop", shared(8), {build.call("price")});
  RouteRule rule;
  rule.route = build.scenario.mesh.default_route;
  rule.destinations = {{build.index("price"), "", 1}};
  rule.mirrors = {{{build.index("shadow"), "", 1}, 1'000'000}};
  build.policy("price").rules = {rule};
  build.requests("shop", 5);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{6ms, 4ms, 4ms, 4ms, 4ms}));
  EXPECT_EQ(test->served("shadow", Outcome::kOk), 5);
  EXPECT_EQ(test->simulator().census().attempts, 0);
  EXPECT_EQ(test->simulator().census().visits, 0);
}

TEST(PoliciesTest, AMirrorThatWaitsLongerThanItsOriginalLeavesNothingBehind) {
  ScenarioBuilder build;
  build.sidecars = true;
  build.scenario.mesh.zones = {"a", "b"};
  build.service("shadow", shared(8), {}, 2);
  build["shadow"].endpoint_names[0] = build["shadow"].versions[0].endpoints[0].name = "GET /price";
  build["shadow"].versions[0].instances = 2;
  build.service("price", shared(8), {});
  build.service("shop", shared(8), {build.call("price")});
  RouteRule rule;
  rule.route = build.scenario.mesh.default_route;
  rule.destinations = {{build.index("price"), "", 1}};
  rule.mirrors = {{{build.index("shadow"), "", 1}, 1'000'000}};
  build.policy("price").rules = {rule};
  build.requests("shop", 20, 100ms);

  const auto test = run(build);

  // The first connection into the other zone takes 10 ms, the original call 2 or 4.
  EXPECT_GE(test->served("shadow", Outcome::kOk), 18);
  EXPECT_EQ(test->simulator().census().attempts, 0);
  EXPECT_EQ(test->simulator().census().visits, 0);
}

TEST(PoliciesTest, AServiceWithoutHostsIsAnsweredByTheSidecar) {
  ScenarioBuilder build = meshed();
  build.fault(FaultKind::kKill, "price", 0s, 0s);
  build.requests("shop", 1, 1s, 3s);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), Latencies{2ms});
  EXPECT_EQ(edge_outcome(*test, Outcome::kNoHost), 1);
}

TEST(PoliciesTest, UnknownSubsetsHaveNoCluster) {
  ScenarioBuilder build = meshed();
  RouteRule rule;
  rule.route = build.scenario.mesh.default_route;
  rule.destinations = {{build.index("price"), "v9", 1}};
  build.policy("price").rules = {rule};
  build.requests("shop", 1);

  EXPECT_EQ(edge_outcome(*run(build), Outcome::kNoHost), 1);
}

TEST(PoliciesTest, RetryBudgetsHoldAStormBack) {
  const auto retries_with = [](std::optional<proxy::RetryBudget> budget) {
    ScenarioBuilder build = meshed();
    proxy::RetryPolicy retry;
    retry.retry_on = proxy::kRetryOn5xx;
    retry.num_retries = 5;
    build.policy("price").default_route.retry = retry;
    build.policy("price").policy.circuit_breakers.retry_budget = budget;
    build.fault(FaultKind::kAbort, "price", 0s, 0s);
    build.poisson("shop", 500);
    return run(build)->edge("shop", "price")->total.retries;
  };

  const std::uint64_t free = retries_with(std::nullopt);
  const std::uint64_t held = retries_with(proxy::RetryBudget{200'000, 3});

  EXPECT_GT(free, 24'000);
  EXPECT_LT(held, free / 4);
}

}  // namespace
}  // namespace shaketable::engine
