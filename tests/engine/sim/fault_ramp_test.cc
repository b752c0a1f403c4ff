#include "engine/sim/fault_ramp.h"

#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

// Faults that rise. Messages take 1 ms each way.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

using Latencies = std::vector<Duration>;

/// A request a second; the one that is sent at second k arrives in step 2 k of a ramp of 10 s.
ScenarioBuilder one_a_second(std::uint32_t requests) {
  ScenarioBuilder build;
  build.service("shop", workers(4), {work(10ms)});
  build.requests("shop", requests);
  build.scenario.run.duration = 20s;
  return build;
}

TEST(FaultRampTest, RisesAlongALineAndEndsAtTheWhole) {
  EXPECT_EQ(ramp_level_ppm(0), 25'000);
  EXPECT_EQ(ramp_level_ppm(19), 975'000);
  EXPECT_EQ(ramp_level_ppm(20), 1'000'000);
  EXPECT_EQ(ramp_level_ppm(21), 1'000'000);
  EXPECT_EQ(ramp_step_begin(10s, 0), 0s);
  EXPECT_EQ(ramp_step_begin(10s, 7), 3500ms);
  EXPECT_EQ(ramp_step_begin(10s, kRampSteps), 10s);
  EXPECT_EQ(ramp_step_begin(3ns, kRampSteps), 3ns);
  EXPECT_EQ(ramp_step_begin(std::chrono::hours(87'648), kRampSteps), std::chrono::hours(87'648));
}

TEST(FaultRampTest, ADelayRisesInTimeAndNotInShare) {
  ScenarioBuilder build = one_a_second(12);
  Fault& fault = build.fault(FaultKind::kDelay, "shop", 0s, 0s);
  fault.time = Distribution::constant(100ms);
  fault.ramp = 10s;

  Latencies expected;
  for (int second = 0; second < 10; ++second) {
    expected.push_back(12ms + 2500us + second * 10ms);
  }
  expected.insert(expected.end(), 2, 112ms);
  EXPECT_EQ(run(build)->latencies(), expected);
}

TEST(FaultRampTest, AnAbortRisesInItsShareOfTheRequests) {
  ScenarioBuilder build;
  build.service("shop", shared(4), {});
  build.requests("shop", 6'000, 1ms);
  Fault& fault = build.fault(FaultKind::kAbort, "shop", 0s, 0s);
  fault.ppm = 500'000;
  fault.ramp = 4s;

  const auto test = run(build);

  // A quarter of the 4,000 requests of the ramp, half of the 2,000 behind it.
  EXPECT_NEAR(static_cast<double>(test->answers(Outcome::kServerError)), 2'000, 150);
  const std::vector<Point>& points = test->record().series.front().points;
  const auto failed = [&](std::size_t second) {
    return points[second].outcomes[static_cast<std::size_t>(Outcome::kServerError)];
  };
  EXPECT_LT(failed(0), 110U);
  EXPECT_GT(failed(3), 380U);
}

TEST(FaultRampTest, SlownessRisesFromOneToItsFactor) {
  ScenarioBuilder build = one_a_second(12);
  Fault& fault = build.fault(FaultKind::kSlow, "shop", 0s, 0s);
  fault.factor_ppm = 3'000'000;
  fault.ramp = 10s;

  Latencies expected;
  for (int second = 0; second < 10; ++second) {
    expected.push_back(12ms + 500us + second * 2ms);
  }
  expected.insert(expected.end(), 2, 32ms);
  EXPECT_EQ(run(build)->latencies(), expected);
}

TEST(FaultRampTest, AFactorBelowOneSinks) {
  Fault fault;
  fault.kind = FaultKind::kLoad;
  fault.factor_ppm = 200'000;
  EXPECT_EQ(fault_at_step(fault, 0).factor_ppm, 980'000);
  EXPECT_EQ(fault_at_step(fault, 10).factor_ppm, 580'000);
  EXPECT_EQ(fault_at_step(fault, kRampSteps).factor_ppm, 200'000);
}

TEST(FaultRampTest, LoadRisesToItsFactorAndIsGoneWithTheFault) {
  ScenarioBuilder build;
  build.service("shop", shared(4), {});
  build.poisson("shop", 1'000);
  Fault& fault = build.fault(FaultKind::kLoad, "", 1s, 6s);
  fault.factor_ppm = 3'000'000;
  fault.ramp = 4s;

  const auto test = run(build);

  // 1 s as ever, 4 s at twice the rate on average, 2 s at three times, 3 s as ever.
  EXPECT_NEAR(static_cast<double>(test->answers(Outcome::kOk)), 18'000, 500);
  const std::vector<Point>& points = test->record().series.front().points;
  EXPECT_NEAR(static_cast<double>(points[1].count), 1'250, 150);
  EXPECT_NEAR(static_cast<double>(points[4].count), 2'750, 220);
  EXPECT_NEAR(static_cast<double>(points[6].count), 3'000, 230);
  EXPECT_NEAR(static_cast<double>(points[8].count), 1'000, 130);
}

TEST(FaultRampTest, LossRisesAndEndsWithTheFault) {
  ScenarioBuilder build;
  build.service("shop", shared(4), {});
  build.requests("shop", 3'000, 1ms);
  Fault& fault = build.fault(FaultKind::kLoss, "shop", 0s, 2s);
  fault.ramp = 2s;
  build.scenario.run.drain = 60s;

  const auto test = run(build);

  // Of the first 2,000 those of which neither message is lost, a third; the rest is late.
  EXPECT_EQ(test->answers(Outcome::kOk), 3'000);
  const Latencies latencies = test->latencies();
  EXPECT_NEAR(static_cast<double>(std::count(latencies.begin(), latencies.end(), 2ms)), 1'667, 120);
}

TEST(FaultRampTest, AFaultThatEndsWhileItRisesIsGone) {
  ScenarioBuilder build = one_a_second(8);
  Fault& fault = build.fault(FaultKind::kDelay, "shop", 0s, 2500ms);
  fault.time = Distribution::constant(100ms);
  fault.ramp = 10s;

  EXPECT_EQ(run(build)->latencies(),
            (Latencies{14500us, 24500us, 34500us, 12ms, 12ms, 12ms, 12ms, 12ms}));
}

TEST(FaultRampTest, AnInjectedFaultRisesFromWhereItWasInjected) {
  ScenarioBuilder build = one_a_second(6);
  Fault fault;
  fault.kind = FaultKind::kDelay;
  fault.time = Distribution::constant(100ms);
  fault.target.service = build.index("shop");
  fault.ramp = 10s;
  TestRun test(build.scenario);

  test.simulator().run_until(at(2s));
  test.simulator().inject(fault);
  test.finish();

  EXPECT_EQ(test.latencies(), (Latencies{12ms, 12ms, 14500us, 24500us, 34500us, 44500us}));
}

}  // namespace
}  // namespace shaketable::engine
