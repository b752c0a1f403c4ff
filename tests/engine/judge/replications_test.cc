#include "engine/judge/replications.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

// Runs of one expectation with these values; a value above 100 breaks it.
std::vector<RunSummary> runs_with(const std::vector<std::int64_t>& values) {
  std::vector<RunSummary> runs;
  for (const std::int64_t value : values) {
    const bool held = value <= 100;
    RunSummary run{.seed = runs.size() + 1, .fingerprint = 0, .passed = held};
    run.expectations.push_back(
        {.state = held ? ExpectationState::kHeld : ExpectationState::kBroken, .value = value});
    runs.push_back(std::move(run));
  }
  return runs;
}

TEST(ReplicationsTest, AllMustHoldUnlessFewerAreAskedFor) {
  const std::vector<RunSummary> runs = runs_with({90, 95, 101, 80, 85, 92, 93, 94, 96, 97});

  const Replications strict = replicate(runs, 10, 10);
  const Replications lenient = replicate(runs, 10, 9);

  EXPECT_FALSE(strict.passed);
  EXPECT_TRUE(lenient.passed);
  EXPECT_EQ(strict.headline,
            "FAILED: 1 of 1 expectation did not hold in all runs; 9 of 10 runs passed");
  EXPECT_EQ(lenient.headline, "PASSED: 9 of 10 runs passed, each expectation must hold in 9");
}

TEST(ReplicationsTest, TellsHowOftenAndWhatWasMeasured) {
  const Replications all = replicate(runs_with({90, 95, 101, 80, 85, 92, 93, 94, 96, 97}), 10, 10);

  const ReplicatedExpectation& it = all.expectations.at(0);
  EXPECT_EQ(it.fine, 9U);
  EXPECT_EQ(it.of, 10U);
  EXPECT_EQ(it.share, wilson_interval(9, 10));
  EXPECT_EQ(it.lowest, 80);
  EXPECT_EQ(it.median, 93);
  EXPECT_EQ(it.highest, 101);
  EXPECT_EQ(it.median_lies, (ConfidenceInterval{85, 97}));
  EXPECT_EQ(it.first_bad_seed, 3U);
}

TEST(ReplicationsTest, ARunThatMeasuredNothingCountsAsNotHeld) {
  std::vector<RunSummary> runs = runs_with({90, 95});
  runs[1].expectations[0] = {.state = ExpectationState::kNotMeasurable, .value = std::nullopt};
  runs[1].passed = false;

  const Replications all = replicate(runs, 2, 2);

  EXPECT_FALSE(all.passed);
  EXPECT_EQ(all.expectations[0].lowest, 90);
  EXPECT_EQ(all.expectations[0].highest, 90);
}

TEST(ReplicationsTest, KnownFailuresAreFine) {
  std::vector<RunSummary> runs = runs_with({90, 95});
  runs[0].expectations[0].state = ExpectationState::kKnownFailure;
  runs[1].expectations[0].state = ExpectationState::kKnownFailure;

  EXPECT_TRUE(replicate(runs, 2, 2).passed);
}

TEST(ReplicationsTest, AnInterruptedSetIsJudgedAsFarAsItCame) {
  const Replications all = replicate(runs_with({90, 95, 101}), 10, 8);

  EXPECT_TRUE(all.passed) << "two may fail, and one did";
  EXPECT_EQ(all.headline,
            "INTERRUPTED, PASSED SO FAR: 2 of 3 runs passed, each expectation must hold in 8");
}

TEST(ReplicationsTest, WithoutExpectationsEveryRunPasses) {
  std::vector<RunSummary> runs(3);

  EXPECT_TRUE(replicate(runs, 3, 3).passed);
}

}  // namespace
}  // namespace shaketable::engine
