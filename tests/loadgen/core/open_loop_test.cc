#include "loadgen/core/open_loop.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;
using proxy::Duration;
using proxy::Instant;
using proxy::kNever;
using proxy::kStart;
using proxy::Rng;

constexpr std::uint64_t kPerSecond = 1'000'000;

std::vector<Instant> arrivals_of(OpenLoop& loop, std::size_t at_most = 10'000'000) {
  std::vector<Instant> result;
  while (loop.next() != kNever && result.size() < at_most) {
    result.push_back(loop.next());
    loop.advance();
  }
  return result;
}

/// Greatest distance between the empirical distribution of `values` in [0, 1] and the uniform one,
/// times sqrt(n): above 1.95 in one of 1,000 cases (Kolmogorov).
double kolmogorov(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    distance = std::max(distance, std::abs(values[i] - static_cast<double>(i) / count));
    distance = std::max(distance, std::abs(values[i] - static_cast<double>(i + 1) / count));
  }
  return distance * std::sqrt(count);
}

TEST(OpenLoopTest, SpacesAConstantRateExactly) {
  OpenLoop loop({{3 * kPerSecond, 3 * kPerSecond, 1s}}, Arrivals::kConstant, kStart,
                kStart + 1'000'000s, Rng(1));

  const std::vector<Instant> arrivals = arrivals_of(loop);

  ASSERT_EQ(arrivals.size(), 3'000'000U);
  EXPECT_EQ(arrivals[0], kStart);
  EXPECT_EQ(arrivals[1], kStart + 333'333'333ns);
  EXPECT_EQ(arrivals[2], kStart + 666'666'667ns);
  EXPECT_EQ(arrivals[2'999'997], kStart + 999'999s);
  EXPECT_EQ(loop.draws(), 0U);
}

TEST(OpenLoopTest, StartsAtStartAndEndsBeforeStop) {
  OpenLoop loop({{10 * kPerSecond, 10 * kPerSecond, 1s}}, Arrivals::kConstant, kStart + 5s,
                kStart + 6s, Rng(1));

  const std::vector<Instant> arrivals = arrivals_of(loop);

  ASSERT_EQ(arrivals.size(), 10U);
  EXPECT_EQ(arrivals.front(), kStart + 5s);
  EXPECT_EQ(arrivals.back(), kStart + 5900ms);
  loop.advance();
  EXPECT_EQ(loop.next(), kNever);
}

TEST(OpenLoopTest, RampsConstantArrivalsAlongTheSquareRoot) {
  // From 0 to 100/s over 10 s: arrival k is where 5 t^2 = k.
  OpenLoop loop({{0, 100 * kPerSecond, 10s}}, Arrivals::kConstant, kStart, kStart + 10s, Rng(1));

  const std::vector<Instant> arrivals = arrivals_of(loop);

  ASSERT_EQ(arrivals.size(), 500U);
  for (std::size_t k = 0; k < arrivals.size(); ++k) {
    const double wanted = std::sqrt(static_cast<double>(k) / 5.0) * 1e9;
    EXPECT_NEAR(static_cast<double>(proxy::nanoseconds_of(arrivals[k])), wanted, 2.0) << k;
  }
}

TEST(OpenLoopTest, RampsDownToZeroAndRests) {
  OpenLoop loop({{100 * kPerSecond, 0, 10s}}, Arrivals::kConstant, kStart, kNever, Rng(1));

  const std::vector<Instant> arrivals = arrivals_of(loop);

  EXPECT_EQ(arrivals.size(), 500U);
  EXPECT_LT(arrivals.back(), kStart + 10s);
}

TEST(OpenLoopTest, CarriesTheFractionOfAnArrivalAcrossStages) {
  // 0.25 s at 10/s are 2.5 arrivals; the other half takes 5 ms at 100/s.
  OpenLoop loop(
      {{10 * kPerSecond, 10 * kPerSecond, 250ms}, {100 * kPerSecond, 100 * kPerSecond, 1s}},
      Arrivals::kConstant, kStart, kStart + 1s, Rng(1));

  const std::vector<Instant> arrivals = arrivals_of(loop, 5);

  ASSERT_EQ(arrivals.size(), 5U);
  EXPECT_EQ(arrivals[2], kStart + 200ms);
  EXPECT_EQ(arrivals[3], kStart + 255ms);
  EXPECT_EQ(arrivals[4], kStart + 265ms);
}

TEST(OpenLoopTest, YieldsNothingWhileTheRateIsZeroAndGoesOnWhenItGrows) {
  OpenLoop loop({{kPerSecond, kPerSecond, 2s}, {0, 0, 100s}, {kPerSecond, kPerSecond, 2s}},
                Arrivals::kConstant, kStart, kStart + 104s, Rng(1));

  const std::vector<Instant> arrivals = arrivals_of(loop);

  const std::vector<Instant> wanted = {kStart, kStart + 1s, kStart + 102s, kStart + 103s};
  EXPECT_EQ(arrivals, wanted);
}

TEST(OpenLoopTest, HoldsTheRateOfTheLastStage) {
  OpenLoop loop({{0, 50 * kPerSecond, 0s}}, Arrivals::kConstant, kStart, kStart + 100s, Rng(1));

  EXPECT_EQ(arrivals_of(loop).size(), 5000U);
}

TEST(OpenLoopTest, NeverArrivesWithoutAnyRate) {
  OpenLoop none({}, Arrivals::kPoisson, kStart, kNever, Rng(1));
  OpenLoop zero({{0, 0, 1s}}, Arrivals::kConstant, kStart, kNever, Rng(1));

  EXPECT_EQ(none.next(), kNever);
  EXPECT_EQ(zero.next(), kNever);
}

TEST(OpenLoopTest, DrawsPoissonGapsThatAreExponential) {
  OpenLoop loop({{2000 * kPerSecond, 2000 * kPerSecond, 1s}}, Arrivals::kPoisson, kStart,
                kStart + 50s, Rng(7));

  const std::vector<Instant> arrivals = arrivals_of(loop);

  // 100,000 expected, standard deviation 316; 4 of them leave one chance in 16,000.
  EXPECT_NEAR(static_cast<double>(arrivals.size()), 100'000.0, 4 * 316.0);
  std::vector<double> quantiles;
  for (std::size_t i = 1; i < arrivals.size(); ++i) {
    const double gap = static_cast<double>((arrivals[i] - arrivals[i - 1]).count()) * 2000e-9;
    quantiles.push_back(1.0 - std::exp(-gap));
  }
  EXPECT_LT(kolmogorov(quantiles), 1.95);
  EXPECT_EQ(loop.draws(), arrivals.size() + 1);
}

TEST(OpenLoopTest, PlacesPoissonArrivalsOfARampByItsArea) {
  // Given their number, arrivals of a ramp 0 -> r over T are distributed as (t / T)^2.
  OpenLoop loop({{0, 4000 * kPerSecond, 20s}}, Arrivals::kPoisson, kStart, kStart + 20s, Rng(3));

  const std::vector<Instant> arrivals = arrivals_of(loop);

  EXPECT_NEAR(static_cast<double>(arrivals.size()), 40'000.0, 4 * 200.0);
  std::vector<double> quantiles;
  for (const Instant arrival : arrivals) {
    const double part = static_cast<double>(proxy::nanoseconds_of(arrival)) / 20e9;
    quantiles.push_back(part * part);
  }
  EXPECT_LT(kolmogorov(quantiles), 1.95);
}

TEST(OpenLoopTest, KeepsPoissonCountsOfStagesInProportion) {
  OpenLoop loop(
      {{100 * kPerSecond, 900 * kPerSecond, 10s}, {500 * kPerSecond, 500 * kPerSecond, 10s}},
      Arrivals::kPoisson, kStart, kStart + 30s, Rng(11));

  const std::vector<Instant> arrivals = arrivals_of(loop);

  const auto before = [&](Duration end) {
    return static_cast<double>(std::count_if(arrivals.begin(), arrivals.end(),
                                             [&](Instant t) { return t < kStart + end; }));
  };
  EXPECT_NEAR(before(5s), 1500.0, 4 * std::sqrt(1500.0));
  EXPECT_NEAR(before(10s), 5000.0, 4 * std::sqrt(5000.0));
  EXPECT_NEAR(before(30s) - before(10s), 10'000.0, 4 * 100.0);
}

TEST(OpenLoopTest, NeverGoesBackwards) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Rng rng(seed);
    std::vector<RateStage> stages;
    for (std::uint64_t i = rng.below(6); i > 0; --i) {
      stages.push_back({rng.below(3) == 0 ? 0 : rng.below(2000 * kPerSecond),
                        rng.below(3) == 0 ? 0 : rng.below(2000 * kPerSecond),
                        Duration(static_cast<std::int64_t>(rng.below(300'000'000)))});
    }
    OpenLoop loop(stages, seed % 2 == 0 ? Arrivals::kPoisson : Arrivals::kConstant, kStart + 1s,
                  kStart + 3s, Rng(seed));
    Instant last = kStart + 1s;
    for (int i = 0; i < 3000 && loop.next() != kNever; ++i) {
      ASSERT_GE(loop.next(), last) << "seed " << seed;
      ASSERT_LT(loop.next(), kStart + 3s) << "seed " << seed;
      last = loop.next();
      loop.advance();
      if (rng.below(20) == 0) {
        // A factor at a moment between the last arrival and the next one.
        const Instant end = std::min(loop.next(), kStart + 3s);
        const auto room = static_cast<std::uint64_t>((end - last).count());
        last += Duration(static_cast<std::int64_t>(rng.below(room)));
        loop.set_factor(last, static_cast<std::uint32_t>(rng.below(3'000'000)));
      }
    }
  }
}

TEST(OpenLoopTest, FactorChangesTheSpacingFromItsMomentOn) {
  OpenLoop loop({{10 * kPerSecond, 10 * kPerSecond, 1s}}, Arrivals::kConstant, kStart, kStart + 9s,
                Rng(1));
  loop.advance();
  ASSERT_EQ(loop.next(), kStart + 100ms);

  loop.set_factor(kStart + 50ms, 5'000'000);

  EXPECT_EQ(loop.next(), kStart + 60ms) << "half of an arrival is left, at 50/s";
  loop.advance();
  EXPECT_EQ(loop.next(), kStart + 80ms);
  loop.set_factor(kStart + 80ms, 1'000'000);
  EXPECT_EQ(loop.next(), kStart + 80ms) << "one that is due keeps its moment";
  loop.advance();
  EXPECT_EQ(loop.next(), kStart + 180ms);
}

TEST(OpenLoopTest, FactorZeroPausesAndTheNextFactorGoesOn) {
  OpenLoop loop({{10 * kPerSecond, 10 * kPerSecond, 10s}}, Arrivals::kConstant, kStart, kStart + 9s,
                Rng(1));
  loop.advance();

  loop.set_factor(kStart + 25ms, 0);
  EXPECT_EQ(loop.next(), kNever);
  loop.set_factor(kStart + 5s, 1'000'000);

  EXPECT_EQ(loop.next(), kStart + 5s + 75ms);
}

TEST(OpenLoopTest, FactorReachesAnArrivalThatLiesStagesAhead) {
  // At 0.1/s for 2 s, then 10/s: the second arrival is due 80 ms into the second stage.
  OpenLoop loop({{kPerSecond / 10, kPerSecond / 10, 2s}, {10 * kPerSecond, 10 * kPerSecond, 9s}},
                Arrivals::kConstant, kStart, kStart + 9s, Rng(1));
  loop.advance();
  ASSERT_EQ(loop.next(), kStart + 2080ms);

  loop.set_factor(kStart + 1s, 9'000'000);

  EXPECT_EQ(loop.next(), kStart + 2s) << "0.1 until 1 s, 0.9 in the next";
}

TEST(OpenLoopTest, FactorBringsBackArrivalsThatWereBeyondTheStop) {
  OpenLoop loop({{kPerSecond / 10, kPerSecond / 10, 1s}}, Arrivals::kConstant, kStart, kStart + 5s,
                Rng(1));
  loop.advance();
  ASSERT_EQ(loop.next(), kNever);

  loop.set_factor(kStart + 2s, 10'000'000);

  EXPECT_EQ(loop.next(), kStart + 2800ms);
}

TEST(OpenLoopTest, FactorScalesPoissonCounts) {
  OpenLoop loop({{1000 * kPerSecond, 1000 * kPerSecond, 1s}}, Arrivals::kPoisson, kStart,
                kStart + 30s, Rng(5));
  std::vector<double> seconds(3);
  const auto take_until = [&](Instant end, double& count) {
    while (loop.next() < end) {
      count += 1;
      loop.advance();
    }
  };
  take_until(kStart + 10s, seconds[0]);
  loop.set_factor(kStart + 10s, 3'000'000);
  take_until(kStart + 20s, seconds[1]);
  loop.set_factor(kStart + 20s, 500'000);
  take_until(kStart + 30s, seconds[2]);

  EXPECT_NEAR(seconds[0], 10'000.0, 4 * 100.0);
  EXPECT_NEAR(seconds[1], 30'000.0, 4 * 173.0);
  EXPECT_NEAR(seconds[2], 5'000.0, 4 * 71.0);
}

TEST(OpenLoopTest, SameSeedGivesTheSameArrivals) {
  const std::vector<RateStage> stages = {{0, 300 * kPerSecond, 3s}};
  OpenLoop first(stages, Arrivals::kPoisson, kStart, kStart + 9s, Rng(42));
  OpenLoop second(stages, Arrivals::kPoisson, kStart, kStart + 9s, Rng(42));
  OpenLoop other(stages, Arrivals::kPoisson, kStart, kStart + 9s, Rng(43));

  const std::vector<Instant> arrivals = arrivals_of(first);

  EXPECT_EQ(arrivals, arrivals_of(second));
  EXPECT_NE(arrivals, arrivals_of(other));
}

}  // namespace
}  // namespace shaketable::loadgen
