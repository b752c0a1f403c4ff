#include <gtest/gtest.h>

#include "tests/support/random_scenario.h"

// Random meshes in random trouble: what must hold whatever happens. A failure names its seed.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

constexpr std::uint64_t kScenarios = 60;

class SwarmTest : public testing::TestWithParam<std::uint64_t> {};

INSTANTIATE_TEST_SUITE_P(Seeds, SwarmTest, testing::Range(std::uint64_t{1}, kScenarios + 1));

std::uint64_t load_answers(const TestRun& test) {
  std::uint64_t sum = 0;
  for (std::uint32_t load = 0; load < test.scenario().loads.size(); ++load) {
    for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
      sum += test.answers(static_cast<Outcome>(outcome), load);
    }
  }
  return sum;
}

TEST_P(SwarmTest, EveryRequestEndsOnceAndNothingIsLeftBehind) {
  TestRun test(RandomScenario(GetParam(), {}).make());

  test.finish();

  EXPECT_GT(test.record().statistics.requests, 0);
  EXPECT_EQ(load_answers(test), test.record().statistics.requests);
  const Simulator::Census census = test.simulator().census();
  EXPECT_EQ(census.calls, 0);
  EXPECT_EQ(census.visits, 0);
  EXPECT_EQ(census.streams, 0);
  EXPECT_EQ(census.attempts, 0);
  EXPECT_EQ(census.client_timers, 0);
}

TEST_P(SwarmTest, WithoutADrainTheRestIsInFlight) {
  SwarmOptions options;
  options.drain = 0s;
  TestRun test(RandomScenario(GetParam(), options).make());

  test.finish();

  const std::uint64_t answered = load_answers(test);
  EXPECT_LE(answered, test.record().statistics.requests);
  EXPECT_LE(test.record().statistics.requests - answered,
            test.record().statistics.in_flight_at_end);
  EXPECT_LE(test.record().statistics.in_flight_at_end, test.record().statistics.peak_in_flight);
}

TEST_P(SwarmTest, CalmMeshesServeWhatIsCalledAndObeyLittlesLaw) {
  SwarmOptions options;
  options.faults = options.policies = false;
  Scenario scenario = RandomScenario(GetParam(), options).make();
  scenario.mesh.network.same_zone.loss_ppm = 0;
  for (Load& load : scenario.loads) {
    load.timeout = 0s;
  }
  const auto forget_timeouts = [](auto& self, std::vector<Step>& steps) -> void {
    for (Step& step : steps) {
      step.call.timeout = 0s;
      for (std::vector<Step>& branch : step.branches) {
        self(self, branch);
      }
    }
  };
  for (Service& service : scenario.mesh.services) {
    for (Version& version : service.versions) {
      for (Endpoint& endpoint : version.endpoints) {
        forget_timeouts(forget_timeouts, endpoint.steps);
      }
    }
  }
  TestRun test(std::move(scenario));

  test.finish();

  EXPECT_EQ(test.simulator().census().visits, 0);
  for (ServiceIndex s = 0; s < test.scenario().mesh.services.size(); ++s) {
    Subject subject;
    subject.service = s;
    const Series* const served = find_series(test.record(), subject);
    ASSERT_NE(served, nullptr);
    std::uint64_t called = 0;
    for (const Series& series : test.record().series) {
      called += series.subject.kind == Subject::Kind::kEdge && series.subject.service == s
                    ? series.total.count
                    : 0;
      called += series.subject.kind == Subject::Kind::kJourney && series.subject.journey == kNone &&
                        test.scenario().loads[series.subject.load].targets.front().service == s
                    ? series.total.count
                    : 0;
    }
    EXPECT_EQ(served->total.count, called);
    EXPECT_EQ(served->total.outcomes[static_cast<std::size_t>(Outcome::kOk)], called);
    // Mean number inside = rate x mean time inside, here as sums over the whole run.
    double time_inside = 0;
    for (const Point& point : served->points) {
      time_inside += static_cast<double>(point.latency_sum) * 1e-9;
    }
    double number_inside = 0;
    for (const Gauge& gauge : test.record().gauges[s].points) {
      number_inside += static_cast<double>(gauge.in_flight_milli) * 1e-3;
    }
    EXPECT_NEAR(number_inside, time_inside,
                0.01 + time_inside * 0.001 + 0.001 * static_cast<double>(served->points.size()));
  }
}

TEST_P(SwarmTest, TheSameSeedGivesTheSameRun) {
  SwarmOptions options;
  options.drain = 2s;
  const Scenario scenario = RandomScenario(GetParam(), options).make();
  TestRun one(scenario, 0, GetParam());
  TestRun same(scenario, 0, GetParam());
  TestRun other(scenario, 0, GetParam() + 1);

  one.finish();
  same.finish();
  other.finish();

  EXPECT_EQ(one.record().fingerprint, same.record().fingerprint);
  EXPECT_EQ(one.latencies(), same.latencies());
  EXPECT_EQ(one.record().statistics.draws, same.record().statistics.draws);
  EXPECT_NE(one.record().fingerprint, other.record().fingerprint);
}

TEST_P(SwarmTest, SlicesAndStepsAreTheSameRunAsOne) {
  SwarmOptions options;
  options.drain = 1s;
  const Scenario scenario = RandomScenario(GetParam(), options).make();
  TestRun one(scenario);
  TestRun slices(scenario);
  TestRun steps(scenario);

  one.finish();
  for (Duration slice = 1us; !slices.simulator().finished(); slice += 7'123'457ns) {
    slices.simulator().run_until(slices.simulator().now() + slice);
  }
  while (!steps.simulator().finished()) {
    steps.simulator().step(1'000);
  }
  steps.simulator().run_until(steps.simulator().end());

  EXPECT_EQ(slices.simulator().fingerprint(), one.record().fingerprint);
  EXPECT_EQ(steps.simulator().fingerprint(), one.record().fingerprint);
  EXPECT_EQ(slices.latencies(), one.latencies());
}

}  // namespace
}  // namespace shaketable::engine
