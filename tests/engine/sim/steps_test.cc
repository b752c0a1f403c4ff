#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

// What endpoints do, step by step. Messages take 1 ms each way; nobody has a sidecar.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

using Latencies = std::vector<Duration>;

TEST(StepsTest, FollowEachOther) {
  ScenarioBuilder build;
  build.service("price", shared(8), {work(3ms)});
  build.service("shop", shared(8), {work(1ms), wait(2ms), build.call("price"), work(4ms)});
  build.requests("shop", 1);

  EXPECT_EQ(run(build)->latencies(), Latencies{2ms + 1ms + 2ms + 5ms + 4ms});
}

TEST(StepsTest, ParallelBranchesTakeTheLongest) {
  ScenarioBuilder build;
  build.service("price", shared(8), {wait(30ms)});
  build.service("stock", shared(8), {wait(10ms)});
  build.service("shop", shared(8),
                {parallel({{build.call("price")}, {build.call("stock"), wait(5ms)}}), wait(1ms)});
  build.requests("shop", 1);

  EXPECT_EQ(run(build)->latencies(), Latencies{2ms + 32ms + 1ms});
}

TEST(StepsTest, ParallelStepsMayBeNestedAndEmpty) {
  ScenarioBuilder build;
  build.service(
      "shop", shared(8),
      {parallel({{wait(5ms), parallel({{wait(7ms)}, {wait(9ms)}})}, {}}), parallel({}), wait(1ms)});
  build.requests("shop", 1);

  EXPECT_EQ(run(build)->latencies(), Latencies{2ms + 14ms + 1ms});
}

TEST(StepsTest, ParallelWorkSharesTheCpu) {
  ScenarioBuilder build;
  build.service("shop", shared(1), {parallel({{work(10ms)}, {work(10ms)}})});
  build.requests("shop", 1);

  EXPECT_EQ(run(build)->latencies(), Latencies{22ms});
}

TEST(StepsTest, AParallelStepEndsWithItsFirstFailure) {
  ScenarioBuilder build;
  build.service("price", shared(8), {work(3ms)});
  build["price"].versions[0].endpoints[0].error_ppm = 1'000'000;
  build.service("stock", shared(8), {wait(100ms)});
  build.service("shop", shared(8),
                {parallel({{build.call("stock"), wait(50ms)}, {build.call("price")}}), wait(1ms)});
  build.requests("shop", 1);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), Latencies{2ms + 5ms});
  EXPECT_EQ(test->answers(Outcome::kServerError), 1);
  EXPECT_EQ(test->served("stock", Outcome::kOk), 1) << "the other branch works on";
  EXPECT_EQ(test->simulator().census().visits, 0);
}

TEST(StepsTest, AFailedCallEndsTheRequestWithABadGateway) {
  ScenarioBuilder build;
  build.service("price", shared(8), {work(3ms)});
  build["price"].versions[0].endpoints[0].error_ppm = 1'000'000;
  build.service("shop", shared(8), {build.call("price"), wait(100ms)});
  build.requests("shop", 1);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kServerError), 1);
  EXPECT_EQ(test->latencies(), Latencies{2ms + 5ms});
}

TEST(StepsTest, AnOptionalCallsFailureIsSurvived) {
  ScenarioBuilder build;
  build.service("price", shared(8), {work(3ms)});
  build["price"].versions[0].endpoints[0].error_ppm = 1'000'000;
  build.service("shop", shared(8), {build.optional_call("price"), wait(10ms)});
  build.requests("shop", 1);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 1);
  EXPECT_EQ(test->latencies(), Latencies{2ms + 5ms + 10ms});
}

TEST(StepsTest, CallsHappenWithTheirProbability) {
  ScenarioBuilder build;
  build.service("price", shared(8), {});
  build.service("shop", shared(8), {build.call_sometimes("price", 200'000)});
  build.requests("shop", 5'000, 1ms);

  EXPECT_NEAR(static_cast<double>(run(build)->served("price", Outcome::kOk)), 1'000, 100);
}

TEST(StepsTest, EndpointsFailByThemselvesAfterTheirFirstWork) {
  ScenarioBuilder build;
  Endpoint& endpoint =
      build.service("shop", shared(8), {work(3ms), wait(50ms)}).versions[0].endpoints[0];
  endpoint.error_ppm = 250'000;
  endpoint.error_status = 418;
  build.requests("shop", 4'000, 2ms);

  const auto test = run(build);

  EXPECT_NEAR(static_cast<double>(test->answers(Outcome::kClientError)), 1'000, 100);
  EXPECT_EQ(test->answers(Outcome::kClientError) + test->answers(Outcome::kOk), 4'000);
  for (const Duration latency : test->latencies()) {
    EXPECT_TRUE(latency == 5ms || latency == 55ms);
  }
}

TEST(StepsTest, CacheHitsSkipTheSteps) {
  ScenarioBuilder build;
  build.service("price", shared(8), {});
  Endpoint& endpoint =
      build.service("shop", shared(8), {work(3ms), build.call("price")}).versions[0].endpoints[0];
  endpoint.cache_hit_ppm = 800'000;
  endpoint.cache_hit_time = Distribution::constant(1ms);
  build.requests("shop", 1'000, 10ms);

  const auto test = run(build);

  EXPECT_NEAR(static_cast<double>(test->served("price", Outcome::kOk)), 200, 40);
  const Latencies latencies = test->latencies();
  EXPECT_EQ(static_cast<std::uint64_t>(std::count(latencies.begin(), latencies.end(), 3ms)),
            1'000 - test->served("price", Outcome::kOk));
}

TEST(StepsTest, CacheHitsStayHitsUnderADelayFault) {
  ScenarioBuilder build;
  build.service("price", shared(8), {});
  Endpoint& endpoint =
      build.service("shop", shared(8), {build.call("price")}).versions[0].endpoints[0];
  endpoint.cache_hit_ppm = 1'000'000;
  endpoint.cache_hit_time = Distribution::constant(1ms);
  build.requests("shop", 1, 1s, 1s);
  build.fault(FaultKind::kDelay, "shop", 0s, 5s).time = Distribution::constant(100ms);

  const auto test = run(build);

  EXPECT_EQ(test->served("price", Outcome::kOk), 0);
  EXPECT_EQ(test->latencies(), Latencies{103ms});
}

TEST(StepsTest, TheCallersOwnTimeoutEndsItsWaiting) {
  ScenarioBuilder build;
  build.service("price", workers(4), {wait(100ms)});
  build.service("shop", workers(1), {build.call_with_timeout("price", 30ms), wait(50ms)});
  build.requests("shop", 1);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), Latencies{2ms + 30ms});
  EXPECT_EQ(test->answers(Outcome::kServerError), 1) << "504 of the shop";
  const Series* const edge = test->edge("shop", "price");
  ASSERT_NE(edge, nullptr);
  EXPECT_EQ(edge->total.outcomes[static_cast<std::size_t>(Outcome::kTimeout)], 1);
}

TEST(StepsTest, AnOptionalCallThatTimesOutIsSurvivedToo) {
  ScenarioBuilder build;
  build.service("price", workers(4), {wait(100ms)});
  Step step = build.call_with_timeout("price", 30ms);
  step.call.optional = true;
  build.service("shop", workers(1), {step, wait(50ms)});
  build.requests("shop", 1);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 1);
  EXPECT_EQ(test->latencies(), Latencies{2ms + 30ms + 50ms});
}

TEST(StepsTest, ClientsGiveUpAfterTheirTimeout) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {work(100ms)});
  build.requests("shop", 1).timeout = 40ms;

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), Latencies{40ms});
  EXPECT_EQ(test->answers(Outcome::kTimeout), 1);
}

struct CancelCase {
  bool cancel;
  Duration second;  ///< Latency of a request that comes when the first client has gone.
};

class CancelTest : public testing::TestWithParam<CancelCase> {};

TEST_P(CancelTest, DecidesWhetherAWorkerIsFreeWhenItsClientHasGone) {
  ScenarioBuilder build;
  build.service("price", shared(8), {wait(100ms)});
  Runtime runtime = workers(1);
  runtime.cancel = GetParam().cancel;
  build.service("shop", runtime, {build.call("price")});
  build.requests("shop", 1).timeout = 20ms;
  build.requests("shop", 1, 1s, 30ms);

  const auto test = run(build, 1);

  EXPECT_EQ(test->latencies(), Latencies{GetParam().second});
  EXPECT_EQ(test->simulator().census().visits, 0);
}

// Working on: the first one ends at 1 + 102 ms, the second one arrives at 31.
INSTANTIATE_TEST_SUITE_P(Runtimes, CancelTest,
                         testing::Values(CancelCase{true, 104ms}, CancelCase{false, 104ms + 72ms}),
                         [](const auto& param_info) {
                           return param_info.param.cancel ? "Notices" : "WorksOn";
                         });

TEST(StepsTest, CancellationTravelsDownTheTree) {
  ScenarioBuilder build;
  Runtime go = shared(1, true);
  build.service("erp", go, {wait(50ms), work(100ms)});
  build.service("price", go, {build.call("erp")});
  build.service("shop", go, {build.call("price")});
  build.requests("shop", 1).timeout = 20ms;
  build.requests("erp", 1, 1s, 60ms);

  const auto test = run(build, 1);

  EXPECT_EQ(test->latencies(), Latencies{152ms}) << "the first one's work was never done";
  EXPECT_EQ(test->served("erp", Outcome::kOk), 1);
  EXPECT_EQ(test->simulator().census().visits, 0);
  EXPECT_EQ(test->simulator().census().calls, 0);
}

TEST(StepsTest, CancellationReachesTheBranchesOfAParallelStep) {
  ScenarioBuilder build;
  Runtime go = shared(4, true);
  build.service("erp", go, {wait(50ms), wait(100ms)});
  build.service("shop", go,
                {parallel({{build.call("erp")},
                           {build.call("erp"), build.call("erp")},
                           {wait(30ms), build.call("erp")}})});
  build.requests("shop", 1).timeout = 20ms;

  const auto test = run(build);

  EXPECT_EQ(test->served("erp", Outcome::kOk), 0);
  EXPECT_EQ(test->simulator().census().visits, 0);
  EXPECT_EQ(test->simulator().census().calls, 0);
}

TEST(StepsTest, CancellationReachesNestedBranchesAndThoseThatAreLeft) {
  ScenarioBuilder build;
  Runtime go = shared(4, true);
  build.service("erp", go, {wait(100ms)});
  // At 20 ms the newest, the oldest and one between have ended, in this order.
  build.service("shop", go,
                {parallel({{wait(10ms)},
                           {build.call("erp")},
                           {parallel({{wait(3ms)}, {build.call("erp")}, {build.call("erp")}})},
                           {wait(7ms)},
                           {build.call("erp")},
                           {wait(5ms)}})});
  build.requests("shop", 3, 1s).timeout = 20ms;

  const auto test = run(build);

  EXPECT_EQ(test->served("erp", Outcome::kOk), 0);
  EXPECT_EQ(test->answers(Outcome::kTimeout), 3);
  EXPECT_EQ(test->simulator().census().visits, 0);
  EXPECT_EQ(test->simulator().census().calls, 0);
}

TEST(StepsTest, AWaitingRequestWhoseClientHasGoneIsNotBegun) {
  ScenarioBuilder build;
  Runtime runtime = workers(1);
  runtime.cancel = true;
  build.service("shop", runtime, {work(100ms)});
  build.requests("shop", 1);
  build.requests("shop", 1, 1s, 10ms).timeout = 20ms;
  build.requests("shop", 1, 1s, 50ms);

  EXPECT_EQ(run(build, 2)->latencies(), Latencies{152ms});
}

TEST(StepsTest, UnknownEndpointsOfAnotherServiceAnswer404) {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("price", shared(8), {});
  build.service("other", shared(8), {});
  build.service("shop", shared(8), {build.call("price")});
  RouteRule rule;
  rule.route = build.scenario.mesh.default_route;
  rule.destinations = {{build.index("other"), "", 1}};
  build.policy("price").rules = {rule};
  build.requests("shop", 1);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kServerError), 1) << "a 404 of a call is a bad gateway";
  EXPECT_EQ(
      test->edge("shop", "price")->total.outcomes[static_cast<std::size_t>(Outcome::kClientError)],
      1);
}

TEST(StepsTest, RoutesMayLeadToTheEndpointOfTheSameNameElsewhere) {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("price", shared(8), {});
  Service& other = build.service("other", shared(8), {wait(7ms)});
  other.endpoint_names[0] = other.versions[0].endpoints[0].name = "GET /price";
  build.service("shop", shared(8), {build.call("price")});
  RouteRule rule;
  rule.route = build.scenario.mesh.default_route;
  rule.destinations = {{build.index("other"), "", 1}};
  build.policy("price").rules = {rule};
  build.requests("shop", 1);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 1);
  EXPECT_EQ(test->served("other", Outcome::kOk), 1);
  EXPECT_EQ(test->served("price", Outcome::kOk), 0);
}

}  // namespace
}  // namespace shaketable::engine
