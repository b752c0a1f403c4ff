#include "loadgen/core/capacity_search.h"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;
using proxy::Instant;
using proxy::kStart;
using proxy::Rng;

std::uint64_t run(CapacitySearch& search, const std::function<bool(CapacityTrial)>& holds,
                  std::size_t* trials = nullptr) {
  std::size_t count = 0;
  while (const auto trial = search.next()) {
    search.on_result(holds(*trial));
    if (++count > 10'000) {
      ADD_FAILURE() << "the search does not end";
      break;
    }
  }
  if (trials != nullptr) {
    *trials = count;
  }
  return search.result();
}

TEST(CapacitySearchTest, FindsTheLimitWithinItsPrecision) {
  for (std::uint64_t limit : {1U, 2U, 25U, 999U, 100'000U}) {
    CapacitySearch search({.first = 10, .most = 1'000'000, .precision_ppm = 10'000});
    std::size_t trials = 0;

    const std::uint64_t found = run(
        search, [&](CapacityTrial trial) { return trial.level <= limit; }, &trials);

    EXPECT_LE(found, limit);
    EXPECT_GE(static_cast<double>(found) * 1.01 + 1, static_cast<double>(limit));
    EXPECT_LE(trials, 40U);
    EXPECT_EQ(search.lowest_that_failed() > found, true);
  }
}

TEST(CapacitySearchTest, SaysWhenNothingHoldsOrNothingFails) {
  CapacitySearch hopeless({.first = 100, .most = 1000});
  EXPECT_EQ(run(hopeless, [](CapacityTrial) { return false; }), 0U);
  EXPECT_FALSE(hopeless.is_open_ended());

  CapacitySearch easy({.first = 100, .most = 1000});
  EXPECT_EQ(run(easy, [](CapacityTrial) { return true; }), 1000U);
  EXPECT_TRUE(easy.is_open_ended());
}

TEST(CapacitySearchTest, GivesUpALevelThatFailsWhenItIsConfirmed) {
  // From 50 on, the first seed is lucky: the second one breaks.
  CapacitySearch search({.first = 1, .most = 1000, .precision_ppm = 20'000, .confirmations = 3});

  const std::uint64_t found = run(search, [](CapacityTrial trial) {
    return trial.level < 50 || (trial.level < 100 && trial.repeat == 0);
  });

  EXPECT_LT(found, 50U);
  EXPECT_GE(found, 45U);
}

TEST(CapacitySearchTest, ClimbsByStepsWhenTheyAreGiven) {
  CapacitySearch search({.first = 10, .most = 100, .step = 10, .confirmations = 0});
  std::vector<std::uint64_t> levels;

  run(search, [&](CapacityTrial trial) {
    levels.push_back(trial.level);
    return trial.level <= 30;
  });

  EXPECT_EQ(std::vector<std::uint64_t>(levels.begin(), levels.begin() + 4),
            (std::vector<std::uint64_t>{10, 20, 30, 40}));
  EXPECT_EQ(search.result(), 30U);
}

/// Results at 100 a second with a share of failures; the moment and verdict of the decision.
std::pair<WindowVerdict, proxy::Duration> judge(std::uint32_t failures_ppm, std::uint64_t seed) {
  SlidingVerdict verdict({.tolerance_ppm = 50'000}, kStart);
  Rng rng(seed);
  Instant now = kStart;
  while (true) {
    now += 10ms;
    verdict.add(now, !rng.chance_ppm(failures_ppm), 1ms);
    const WindowVerdict decision = verdict.decide(now);
    if (decision != WindowVerdict::kUndecided) {
      return {decision, now - kStart};
    }
  }
}

TEST(SlidingVerdictTest, DecidesSoonWhenTheCaseIsClear) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto [good, good_after] = judge(10'000, seed);
    EXPECT_EQ(good, WindowVerdict::kHolds) << seed;
    EXPECT_LE(good_after, 15s) << seed;
    const auto [bad, bad_after] = judge(200'000, seed);
    EXPECT_EQ(bad, WindowVerdict::kFails) << seed;
    EXPECT_LE(bad_after, 6s) << seed;
  }
}

TEST(SlidingVerdictTest, ForgetsWhatHappenedBeforeTheWindow) {
  SlidingVerdict verdict({.window = 10s, .longest = 600s}, kStart);
  Instant now = kStart;
  for (int i = 0; i < 200; ++i) {
    now += 10ms;
    verdict.add(now, false, 1ms);
  }
  for (int i = 0; i < 2'000; ++i) {
    now += 10ms;
    verdict.add(now, true, 1ms);
  }
  EXPECT_EQ(verdict.failures(), 0U);
  EXPECT_EQ(verdict.decide(now), WindowVerdict::kHolds);
}

TEST(SlidingVerdictTest, SurvivesAServerThatAnswersNothingOrOnlyFailures) {
  // Molotov divides by zero there.
  SlidingVerdict silent({.longest = 60s}, kStart);
  EXPECT_EQ(silent.decide(kStart + 59s), WindowVerdict::kUndecided);
  EXPECT_EQ(silent.decide(kStart + 60s), WindowVerdict::kFails);

  SlidingVerdict broken({}, kStart);
  for (int i = 1; i <= 100; ++i) {
    broken.add(kStart + i * 1ms, false, 1ms);
  }
  EXPECT_EQ(broken.decide(kStart + 200ms), WindowVerdict::kFails);
}

TEST(SlidingVerdictTest, JudgesAQuantileOfLatency) {
  const SlidingVerdict::Options options{.latency_limit = 100ms, .latency_quantile_ppm = 900'000};
  for (const int slow_of_ten : {0, 3}) {
    SlidingVerdict verdict(options, kStart);
    Instant now = kStart;
    for (int i = 0; i < 2'000; ++i) {
      now += 10ms;
      verdict.add(now, true, i % 10 < slow_of_ten ? 200ms : 50ms);
    }
    EXPECT_EQ(verdict.decide(now),
              slow_of_ten == 0 ? WindowVerdict::kHolds : WindowVerdict::kFails);
  }
}

TEST(WilsonTest, KnowsKnownIntervals) {
  // 10 of 100 at two standard deviations: 5.5 % to 17.4 % (1.96 gives 5.52 to 17.44).
  const Interval interval = wilson(10, 100, 2);
  EXPECT_NEAR(interval.low_ppm, 54'600, 700);
  EXPECT_NEAR(interval.high_ppm, 175'600, 700);
  EXPECT_EQ(wilson(0, 0, 2).high_ppm, 1'000'000U);
  EXPECT_EQ(wilson(0, 50, 3).low_ppm, 0U);
}

}  // namespace
}  // namespace shaketable::loadgen
