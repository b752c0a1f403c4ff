#include "engine/judge/rollout.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

TEST(FlaggerRolloutTest, AFailedCheckIsNeverForgiven) {
  FlaggerRollout rollout({{10, 20, 30}, 2});

  rollout.on_check(false);
  rollout.on_check(true);
  EXPECT_EQ(rollout.weight(), 20);
  rollout.on_check(false);

  EXPECT_EQ(rollout.state(), FlaggerRollout::State::kRolledBack);
  EXPECT_EQ(rollout.weight(), 0);
  rollout.on_check(true);
  EXPECT_EQ(rollout.state(), FlaggerRollout::State::kRolledBack) << "it has ended";
}

TEST(FlaggerRolloutTest, NoRequestsAreNoSuccess) {
  EXPECT_FALSE(flagger_check(0, 0, 990'000));
  EXPECT_TRUE(flagger_check(1'000, 10, 990'000));
  EXPECT_FALSE(flagger_check(1'000, 11, 990'000));
}

TEST(ArgoAnalysisTest, FailsBeyondItsLimitNotAtIt) {
  ArgoAnalysis analysis(1);

  analysis.on_measurement(false);
  EXPECT_FALSE(analysis.has_failed());
  analysis.on_measurement(false);
  EXPECT_TRUE(analysis.has_failed());
}

// Whatever the weight, no step takes away more than may be unavailable, nor adds beyond the surge.
TEST(ArgoCountsTest, EveryStepStaysBetweenUnavailableAndSurge) {
  for (std::int64_t weight = 0; weight <= 100; weight += 7) {
    for (std::int64_t surge = 0; surge <= 2; ++surge) {
      ArgoStep step{.replicas = 10, .set_weight = weight, .max_surge = surge, .max_unavailable = 1};
      step.stable = {10, 10};
      for (int round = 0; round < 30; ++round) {
        const ArgoCounts next = argo_next_counts(step);
        ASSERT_GE(next.stable + next.canary, 9) << weight << ' ' << surge;
        ASSERT_LE(next.stable + next.canary, 10 + surge) << weight << ' ' << surge;
        step.stable = {next.stable, next.stable};
        step.canary = {next.canary, next.canary};
      }
      EXPECT_GE(step.canary.spec, 10 * weight / 100);
      EXPECT_LE(step.canary.spec, (10 * weight + 99) / 100);
      EXPECT_EQ(step.canary.spec == 0, weight == 0) << "a weight is never none at all";
    }
  }
}

}  // namespace
}  // namespace shaketable::engine
