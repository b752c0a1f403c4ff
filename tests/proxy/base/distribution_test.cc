#include "proxy/base/distribution.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::proxy {
namespace {

double ns(Duration duration) { return static_cast<double>(duration.count()); }

std::uint64_t draw_at(double quantile) {
  return static_cast<std::uint64_t>(quantile * 18446744073709551616.0);
}

struct Moments {
  double mean = 0;
  double second = 0;
};

/// Integrates the quantile function: a stratified sample, finer towards the upper tail.
Moments integrate(const Distribution& distribution) {
  Moments moments;
  double upper = 1;  // strata [1 - upper, 1 - upper / 2), each in 20,000 steps
  for (int octave = 0; octave < 41; ++octave, upper /= 2) {
    constexpr int kSteps = 20'000;
    for (int i = 0; i < kSteps; ++i) {
      const double tail = upper * (1 - (i + 0.5) / (2 * kSteps));
      const std::uint64_t draw = ~std::uint64_t{0} - static_cast<std::uint64_t>(tail * 0x1p63) * 2;
      const double value = ns(distribution.sample_with(draw));
      const double weight = upper / (2 * kSteps);
      moments.mean += weight * value;
      moments.second += weight * value * value;
    }
  }
  return moments;
}

struct ShapeCase {
  std::string name;
  std::function<Distribution()> make;
  double mean;
  double second;  ///< E[X^2]
  std::function<double(double)> upper_quantile;
};

class DistributionShapeTest : public testing::TestWithParam<ShapeCase> {};

TEST_P(DistributionShapeTest, HasItsMeanSecondMomentAndTail) {
  const Distribution distribution = GetParam().make();

  const Moments moments = integrate(distribution);

  EXPECT_NEAR(moments.mean / GetParam().mean, 1, 1e-4);
  EXPECT_NEAR(ns(distribution.mean()) / GetParam().mean, 1, 1e-4);
  EXPECT_NEAR(moments.second / GetParam().second, 1, 1e-3);
  for (const double tail : {0.9, 0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-6}) {
    const double wanted = GetParam().upper_quantile(tail);
    EXPECT_NEAR(ns(distribution.sample_with(draw_at(1 - tail))) / wanted, 1, 1e-3) << tail;
  }
}

TEST_P(DistributionShapeTest, SamplesAgreeWithTheMean) {
  const Distribution distribution = GetParam().make();
  Rng rng(42);
  constexpr int kSamples = 400'000;
  double sum = 0;
  for (int i = 0; i < kSamples; ++i) {
    sum += ns(distribution.sample(rng));
  }

  const double variance = GetParam().second - GetParam().mean * GetParam().mean;
  EXPECT_NEAR(sum / kSamples, GetParam().mean, 5 * std::sqrt(variance / kSamples));
  EXPECT_EQ(rng.draws(), kSamples);
}

TEST_P(DistributionShapeTest, ScalesAllItsQuantiles) {
  const Distribution distribution = GetParam().make();
  const Distribution doubled = distribution.scaled(2.5);

  for (double u = 1e-6; u < 1; u += 0.013) {
    EXPECT_NEAR(ns(doubled.sample_with(draw_at(u))), 2.5 * ns(distribution.sample_with(draw_at(u))),
                3.0 + 1e-6 * ns(doubled.sample_with(draw_at(u))));
  }
}

double normal_upper(double tail) {  // bisection on erfc, independent of the code under test
  double low = -9;
  double high = 9;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(middle / std::sqrt(2.0)) > tail ? low : high) = middle;
  }
  return low;
}

double erlang2_upper(double tail) {
  double low = 0;
  double high = 100;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (std::exp(-middle) * (1 + middle) > tail ? low : high) = middle;
  }
  return low;
}

double mixture_upper(double tail) {
  double low = 0;
  double high = 1e9;
  for (int i = 0; i < 200; ++i) {
    const double x = (low + high) / 2;
    (0.9 * std::exp(-x / 1e6) + 0.1 * std::exp(-x / 1e7) > tail ? low : high) = x;
  }
  return low;
}

const double kSigma = std::log(10.0) / 2.3263478740408408;
constexpr std::array<Distribution::Branch, 2> kBranches = {{{0.9, 1ms}, {0.1, 10ms}}};

INSTANTIATE_TEST_SUITE_P(
    Shapes, DistributionShapeTest,
    testing::Values(
        ShapeCase{"Exponential", [] { return Distribution::exponential(1ms); }, 1e6, 2e12,
                  [](double tail) { return -std::log(tail) * 1e6; }},
        ShapeCase{"LongExponential", [] { return Distribution::exponential(720h); }, 2592e12,
                  2 * 2592e12 * 2592e12, [](double tail) { return -std::log(tail) * 2592e12; }},
        ShapeCase{"Normal", [] { return Distribution::normal(10ms, 1ms); }, 1e7, 1e14 + 1e12,
                  [](double tail) { return 1e7 + 1e6 * normal_upper(tail); }},
        ShapeCase{"Lognormal", [] { return Distribution::lognormal(1ms, 10ms); },
                  1e6 * std::exp(kSigma* kSigma / 2), 1e12 * std::exp(2 * kSigma * kSigma),
                  [](double tail) { return 1e6 * std::exp(kSigma * normal_upper(tail)); }},
        ShapeCase{"LognormalMuSigma",
                  [] { return Distribution::lognormal_mu_sigma(std::log(0.02), 0.5); },
                  2e7 * std::exp(0.125), 4e14 * std::exp(0.5),
                  [](double tail) { return 2e7 * std::exp(0.5 * normal_upper(tail)); }},
        ShapeCase{"Pareto", [] { return Distribution::pareto(1ms, 4.0); }, 1e6 * 4 / 3.0, 1e12 * 2,
                  [](double tail) { return 1e6 * std::pow(tail, -0.25); }},
        ShapeCase{"Gamma", [] { return Distribution::gamma(2.0, 1ms); }, 2e6, 6e12,
                  [](double tail) { return 1e6 * erlang2_upper(tail); }},
        ShapeCase{"Erlang", [] { return Distribution::erlang(2, 2ms); }, 2e6, 6e12,
                  [](double tail) { return 1e6 * erlang2_upper(tail); }},
        ShapeCase{"Hyperexponential", [] { return Distribution::hyperexponential(kBranches); },
                  1.9e6, 2 * (0.9e12 + 0.1e14), mixture_upper}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(DistributionTest, AConstantDrawsNothing) {
  const Distribution constant = Distribution::constant(3ms);
  Rng rng(1);

  EXPECT_EQ(constant.sample(rng), 3ms);
  EXPECT_EQ(constant.scaled(2).sample(rng), 6ms);
  EXPECT_EQ(Distribution().sample(rng), 0ns);
  EXPECT_EQ(Distribution::lognormal(2ms, 2ms).sample(rng), 2ms);
  EXPECT_EQ(constant.mean(), 3ms);
  EXPECT_TRUE(constant.is_constant());
  EXPECT_EQ(rng.draws(), 0U);
}

TEST(DistributionTest, AUniformOneHitsEveryIntegerOfItsRange) {
  const Distribution dice = Distribution::uniform(1ns, 6ns);
  Rng rng(7);
  std::array<int, 7> count{};
  for (int i = 0; i < 60'000; ++i) {
    ++count.at(static_cast<std::size_t>(dice.sample(rng).count()));
  }

  EXPECT_EQ(count[0], 0);
  for (std::size_t i = 1; i <= 6; ++i) {
    EXPECT_NEAR(count.at(i), 10'000, 500);
  }
  EXPECT_EQ(dice.sample_with(0), 1ns);
  EXPECT_EQ(dice.sample_with(~std::uint64_t{0}), 6ns);
}

TEST(DistributionTest, ANormalOneIsNeverNegative) {
  const Distribution wide = Distribution::normal(1ms, 10ms);

  EXPECT_EQ(wide.sample_with(0), 0ns);
  EXPECT_GT(wide.mean(), 4ms) << "clipping at zero raises the mean";
}

TEST(DistributionTest, AnEmpiricalOneGoesThroughItsPoints) {
  const std::array<Distribution::QuantilePoint, 3> points = {{{0.0, 1ms}, {0.5, 2ms}, {1.0, 10ms}}};
  const Distribution empirical = Distribution::empirical(points);

  EXPECT_EQ(empirical.sample_with(0), 1ms);
  EXPECT_EQ(empirical.sample_with(draw_at(0.25)), 1500us);
  EXPECT_EQ(empirical.sample_with(draw_at(0.5)), 2ms);
  EXPECT_EQ(empirical.sample_with(draw_at(0.75)), 6ms);
  EXPECT_NEAR(ns(empirical.sample_with(~std::uint64_t{0})), 1e7, 1);
  EXPECT_EQ(empirical.mean(), 3750us);
  EXPECT_EQ(empirical.scaled(2).mean(), 7500us);
  EXPECT_EQ(empirical.quantile_ppm(750'000), 6ms);
}

TEST(DistributionTest, ASingleEmpiricalSpanIsAStraightLine) {
  const std::array<Distribution::QuantilePoint, 2> points = {{{0.0, 0ms}, {1.0, 8ms}}};
  const Distribution empirical = Distribution::empirical(points);

  EXPECT_EQ(empirical.sample_with(draw_at(0.25)), 2ms);
  EXPECT_EQ(empirical.mean(), 4ms);
}

TEST(DistributionTest, ADiscreteOneReturnsItsValuesByWeight) {
  const std::array<Distribution::WeightedValue, 3> values = {{{5ms, 1}, {1ms, 2}, {9ms, 1}}};
  const Distribution discrete = Distribution::discrete(values);
  Rng rng(3);
  int ones = 0;
  for (int i = 0; i < 40'000; ++i) {
    const Duration value = discrete.sample(rng);
    ASSERT_TRUE(value == 5ms || value == 1ms || value == 9ms);
    ones += value == 1ms ? 1 : 0;
  }

  EXPECT_NEAR(ones, 20'000, 500);
  EXPECT_EQ(discrete.mean(), 4ms);
}

TEST(DistributionTest, APoolSharesTablesOfEqualShape) {
  QuantileTablePool pool;
  const Distribution a = Distribution::lognormal(1ms, 10ms, &pool);
  const Distribution b = Distribution::lognormal(2ms, 20ms, &pool);
  const Distribution c = Distribution::lognormal(2ms, 30ms, &pool);

  EXPECT_EQ(pool.size(), 2U);
  EXPECT_EQ(b.mean().count() / 2, a.mean().count());
  EXPECT_GT(c.mean(), b.mean());
}

TEST(DistributionTest, HugeScalesSaturateInsteadOfOverflowing) {
  const Distribution centuries = Distribution::pareto(std::chrono::hours(24 * 365 * 30), 1.1);

  EXPECT_GE(centuries.sample_with(~std::uint64_t{0}), centuries.sample_with(0));
  EXPECT_GE(centuries.sample_with(0), std::chrono::hours(24 * 364 * 30));
}

TEST(DistributionTest, GivesTheSameNanosecondsOnEveryMachine) {
  Rng rng(2024);
  std::uint64_t hash = 0;
  const std::vector<Distribution> all = {
      Distribution::exponential(1ms),    Distribution::normal(5ms, 1ms),
      Distribution::lognormal(1ms, 9ms), Distribution::pareto(1ms, 1.5),
      Distribution::gamma(0.7, 1ms),     Distribution::hyperexponential(kBranches)};
  for (int i = 0; i < 6000; ++i) {
    const Duration value = all[static_cast<std::size_t>(i) % all.size()].sample(rng);
    hash = mix64(hash ^ static_cast<std::uint64_t>(value.count()));
  }

  EXPECT_EQ(hash, 11792002072715436678U);
}

}  // namespace
}  // namespace shaketable::proxy
