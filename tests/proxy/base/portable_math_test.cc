#include "proxy/base/portable_math.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"

namespace shaketable::proxy {
namespace {

double relative_error(double got, double want) {
  return want == 0 ? std::fabs(got) : std::fabs((got - want) / want);
}

double unit(Rng& rng) { return (static_cast<double>(rng.next() >> 11) + 0.5) * 0x1p-53; }

TEST(PortableMathTest, LogAgreesWithTheLibraryOverTheWholeRange) {
  Rng rng(1);
  double worst = 0;
  for (int i = 0; i < 200'000; ++i) {
    const double x = std::ldexp(1 + unit(rng), static_cast<int>(rng.below(2040)) - 1020);
    worst = std::max(worst, relative_error(portable_log(x), std::log(x)));
    const double near_one = 1 + (unit(rng) - 0.5) * 0.01;
    worst = std::max(worst, relative_error(portable_log(near_one), std::log(near_one)));
  }
  EXPECT_LT(worst, 1e-15);
  EXPECT_EQ(portable_log(1), 0);
  EXPECT_LT(relative_error(portable_log(1e-310), std::log(1e-310)), 1e-15);
  EXPECT_EQ(portable_log(0), -std::numeric_limits<double>::infinity());
}

TEST(PortableMathTest, ExpAgreesWithTheLibraryOverTheWholeRange) {
  Rng rng(2);
  double worst = 0;
  for (int i = 0; i < 200'000; ++i) {
    const double x = (unit(rng) - 0.5) * 2 * 700;
    worst = std::max(worst, relative_error(portable_exp(x), std::exp(x)));
    const double small = (unit(rng) - 0.5) * 1e-3;
    worst = std::max(worst, relative_error(portable_exp(small), std::exp(small)));
  }
  EXPECT_LT(worst, 1e-15);
  EXPECT_EQ(portable_exp(0), 1);
  EXPECT_EQ(portable_exp(-1000), 0);
  EXPECT_EQ(portable_exp(1000), std::numeric_limits<double>::infinity());
}

TEST(PortableMathTest, PowCoversZeroAndAgreesWithTheLibrary) {
  Rng rng(3);
  double worst = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double base = std::exp((unit(rng) - 0.5) * 20);
    const double exponent = (unit(rng) - 0.5) * 10;
    worst = std::max(worst, relative_error(portable_pow(base, exponent), std::pow(base, exponent)));
  }
  EXPECT_LT(worst, 2e-14);
  EXPECT_EQ(portable_pow(0, 0), 1);
  EXPECT_EQ(portable_pow(0, 2), 0);
}

TEST(PortableMathTest, NormalQuantileInvertsTheDistributionFunction) {
  for (double z = -7.5; z < 0; z += 0.01) {
    const double p = 0.5 * std::erfc(-z / std::sqrt(2.0));
    EXPECT_NEAR(normal_quantile(p), z, 1e-13) << p;
  }
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(0.99), 2.3263478740408408, 1e-14);
}

TEST(PortableMathTest, LogGammaAgreesWithTheLibrary) {
  for (double x = 0.01; x < 300; x *= 1.07) {
    EXPECT_NEAR(log_gamma(x), std::lgamma(x), 1e-13 * (1 + std::fabs(std::lgamma(x)))) << x;
  }
}

TEST(PortableMathTest, GammaTailsKnowTheExponentialAndErlangCases) {
  for (double x = 0.01; x < 40; x *= 1.3) {
    EXPECT_LT(relative_error(gamma_tails(1, x).upper, std::exp(-x)), 1e-13) << x;
    EXPECT_LT(relative_error(gamma_tails(1, x).lower, -std::expm1(-x)), 1e-13) << x;
    const double erlang3 = std::exp(-x) * (1 + x + x * x / 2);
    EXPECT_LT(relative_error(gamma_tails(3, x).upper, erlang3), 1e-12) << x;
    EXPECT_LT(relative_error(gamma_tails(0.5, x).upper, std::erfc(std::sqrt(x))), 1e-12) << x;
  }
}

TEST(PortableMathTest, GammaQuantileInvertsBothTails) {
  for (const double shape : {0.05, 0.1, 0.5, 1.0, 2.5, 20.0, 400.0}) {
    for (const double p : {1e-12, 1e-6, 0.01, 0.3, 0.5}) {
      const double low = gamma_quantile(shape, Tail::kLower, p, shape);
      EXPECT_LT(relative_error(gamma_tails(shape, low).lower, p), 1e-11) << shape << ' ' << p;
      const double high = gamma_quantile(shape, Tail::kUpper, p, shape);
      EXPECT_LT(relative_error(gamma_tails(shape, high).upper, p), 1e-10) << shape << ' ' << p;
    }
  }
}

}  // namespace
}  // namespace shaketable::proxy
