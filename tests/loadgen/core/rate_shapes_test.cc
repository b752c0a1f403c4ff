#include "loadgen/core/rate_shapes.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/core/open_loop.h"

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;
using proxy::Duration;
using proxy::Instant;
using proxy::kNever;
using proxy::kStart;
using proxy::Rng;

constexpr std::uint64_t kPerSecond = 1'000'000;

std::vector<double> seconds_of(OpenLoop loop) {
  std::vector<double> moments;
  while (loop.next() != kNever) {
    moments.push_back(static_cast<double>(proxy::nanoseconds_of(loop.next())) * 1e-9);
    loop.advance();
  }
  return moments;
}

TEST(RateShapesTest, TheTableIsASine) {
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const auto phase = static_cast<std::uint32_t>(std::uint64_t{i} * 42949 + 17);
    const double wanted = std::sin(2 * std::numbers::pi * phase / 4294967296.0);
    ASSERT_NEAR(static_cast<double>(sine_q30(phase)) / (1 << 30), wanted, 5.1e-6) << phase;
  }
}

TEST(RateShapesTest, ASineAddsUpToItsMeanInEveryPeriod) {
  const auto stages = sine_stages(100 * kPerSecond, 80 * kPerSecond, 10s);
  Duration length{0};
  for (const RateStage& stage : stages) {
    length += stage.length;
  }
  EXPECT_EQ(length, 10s);

  const auto moments =
      seconds_of(OpenLoop(stages, true, Arrivals::kConstant, kStart, kStart + 50s, Rng(1)));

  ASSERT_NEAR(static_cast<double>(moments.size()), 5000.0, 1.0);
  // Arrival k lies where the integral 100 t + 80 (1 - cos wt) / w reaches k.
  const double w = 2 * std::numbers::pi / 10;
  for (std::size_t k = 0; k < moments.size(); k += 7) {
    const double t = moments[k];
    EXPECT_NEAR(100 * t + 80 * (1 - std::cos(w * t)) / w, static_cast<double>(k), 0.05) << k;
  }
}

TEST(RateShapesTest, APoissonSineFitsItsIntegral) {
  const auto stages = sine_stages(400 * kPerSecond, 400 * kPerSecond, 4s);
  const auto moments =
      seconds_of(OpenLoop(stages, true, Arrivals::kPoisson, kStart, kStart + 40s, Rng(3)));

  std::vector<double> uniform;
  const double w = 2 * std::numbers::pi / 4;
  for (const double t : moments) {
    uniform.push_back((400 * t + 400 * (1 - std::cos(w * t)) / w) / 16'000);
  }
  double distance = 0;
  const auto count = static_cast<double>(uniform.size());
  for (std::size_t i = 0; i < uniform.size(); ++i) {
    distance = std::max(distance, std::abs(uniform[i] - static_cast<double>(i) / count));
  }
  EXPECT_LT(distance * std::sqrt(count), 1.95) << "Kolmogorov, one in a thousand";
  EXPECT_NEAR(count, 16'000, 4 * 126.5);
}

TEST(RateShapesTest, SpikesComeAtTheEndOfEveryPeriod) {
  const auto stages = spike_stages(10 * kPerSecond, 1000 * kPerSecond, 10s, 1s);
  const auto moments =
      seconds_of(OpenLoop(stages, true, Arrivals::kConstant, kStart, kStart + 30s, Rng(1)));

  const auto between = [&](double from, double to) {
    return std::count_if(moments.begin(), moments.end(),
                         [&](double t) { return t >= from && t < to; });
  };
  for (int period = 0; period < 3; ++period) {
    const double begin = period * 10.0;
    EXPECT_NEAR(static_cast<double>(between(begin, begin + 9)), 90, 1);
    EXPECT_NEAR(static_cast<double>(between(begin + 9, begin + 10)), 1000, 1);
  }
}

TEST(RateShapesTest, StairsEndAtTheLastRateExactly) {
  const auto up = stair_stages(10, 35, 10, 5s);
  ASSERT_EQ(up.size(), 4U);
  EXPECT_EQ(up[0].from_ups, 10U);
  EXPECT_EQ(up[2].to_ups, 30U);
  EXPECT_EQ(up[3].to_ups, 35U);
  EXPECT_EQ(up[3].length, 5s);

  const auto down = stair_stages(30, 10, 20, 1s);
  ASSERT_EQ(down.size(), 2U);
  EXPECT_EQ(down[1].to_ups, 10U);
}

TEST(RateShapesTest, AFactorHoldsAcrossRepetitions) {
  const auto stages = spike_stages(10 * kPerSecond, 20 * kPerSecond, 2s, 1s);
  OpenLoop loop(stages, true, Arrivals::kConstant, kStart, kStart + 20s, Rng(1));
  int before = 0;
  while (loop.next() < kStart + 10s) {
    loop.advance();
    ++before;
  }
  loop.set_factor(kStart + 10s, 3'000'000);
  int after = 0;
  while (loop.next() != kNever) {
    loop.advance();
    ++after;
  }
  EXPECT_NEAR(before, 150, 1);
  EXPECT_NEAR(after, 450, 1);
}

}  // namespace
}  // namespace shaketable::loadgen
