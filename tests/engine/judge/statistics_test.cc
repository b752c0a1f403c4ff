#include "engine/judge/statistics.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

TEST(StatisticsTest, TheRootIsTheLargestThatFits) {
  EXPECT_EQ(square_root(0), 0U);
  EXPECT_EQ(square_root(15), 3U);
  EXPECT_EQ(square_root(16), 4U);
  EXPECT_EQ(square_root(static_cast<proxy::Uint128>(1) << 100), std::uint64_t{1} << 50);
}

TEST(StatisticsTest, WilsonsIntervalIsThatOfTheTextbook) {
  // 10 of 100: 5.52 % to 17.44 %
  const Interval interval = wilson_ppm(10, 100);

  EXPECT_EQ(interval.value, 100'000);
  EXPECT_NEAR(static_cast<double>(interval.low), 55'229, 20);
  EXPECT_NEAR(static_cast<double>(interval.high), 174'366, 20);
}

TEST(StatisticsTest, NoneAndAllKeepTheirEdgeAndStillHaveAWidth) {
  EXPECT_EQ(wilson_ppm(0, 50).low, 0);
  EXPECT_GT(wilson_ppm(0, 50).high, 50'000);
  EXPECT_EQ(wilson_ppm(50, 50).high, 1'000'000);
  EXPECT_LT(wilson_ppm(50, 50).low, 950'000);
  EXPECT_EQ(wilson_ppm(0, 0).high, 0);
}

TEST(StatisticsTest, MoreRequestsGiveNarrowerIntervals) {
  std::int64_t last = 1'000'000;
  for (std::uint64_t n = 100; n <= 100'000'000; n *= 10) {
    const Interval interval = wilson_ppm(n / 20, n);
    EXPECT_LE(interval.low, interval.value);
    EXPECT_GE(interval.high, interval.value);
    EXPECT_LT(interval.high - interval.low, last);
    last = interval.high - interval.low;
  }
}

TEST(StatisticsTest, APercentileLiesWithinItsOrderStatistics) {
  proxy::Histogram values;
  for (std::int64_t i = 1; i <= 1'000; ++i) {
    values.add(i * 1'000);
  }

  // Ranks 470 and 532 of 1,000 around the median.
  const Interval median = percentile_interval(values, 500'000);

  EXPECT_NEAR(static_cast<double>(median.value), 500'000, 4'000);
  EXPECT_NEAR(static_cast<double>(median.low), 469'000, 5'000);
  EXPECT_NEAR(static_cast<double>(median.high), 532'000, 5'000);
}

}  // namespace
}  // namespace shaketable::engine
