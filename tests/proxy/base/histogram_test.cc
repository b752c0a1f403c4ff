#include "proxy/base/histogram.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"

namespace shaketable::proxy {
namespace {

TEST(HistogramTest, PercentilesAreWithinTheRelativeErrorOfTheExactOnes) {
  Rng rng(9);
  Histogram histogram;
  std::vector<std::int64_t> values;
  for (int i = 0; i < 50'000; ++i) {
    values.push_back(static_cast<std::int64_t>(rng.next() >> (24 + rng.below(39))));
    histogram.add(values.back());
  }
  std::sort(values.begin(), values.end());

  for (const std::uint32_t ppm :
       {1U, 10'000U, 500'000U, 900'000U, 990'000U, 999'900U, 1'000'000U}) {
    const std::size_t rank = std::max<std::size_t>(1, (values.size() * ppm + 999'999) / 1'000'000);
    const double exact = static_cast<double>(values[rank - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.percentile(ppm)), exact, 1 + exact / 128) << ppm;
  }
  EXPECT_EQ(histogram.count(), values.size());
  EXPECT_EQ(histogram.min(), values.front());
  EXPECT_EQ(histogram.max(), values.back());
}

TEST(HistogramTest, SmallValuesAreExact) {
  Histogram histogram;
  for (int i = 0; i < 100; ++i) {
    histogram.add(i);
  }

  EXPECT_EQ(histogram.percentile(500'000), 49);
  EXPECT_EQ(histogram.percentile(990'000), 98);
  EXPECT_EQ(histogram.sum(), 4950);
  EXPECT_EQ(histogram.mean(), 49);
  EXPECT_EQ(histogram.count_at_most(9), 10U);
}

TEST(HistogramTest, EdgesDoNotOverflow) {
  Histogram histogram;
  histogram.add(INT64_MAX, 3);
  histogram.add(-5);

  EXPECT_EQ(histogram.max(), INT64_MAX);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.sum(), INT64_MAX) << "saturates";
  EXPECT_EQ(histogram.percentile(0), 0);
  EXPECT_GT(histogram.percentile(500'000), INT64_MAX - INT64_MAX / 100);
}

TEST(HistogramTest, MergingEqualsCountingTogether) {
  Rng rng(4);
  Histogram a;
  Histogram b;
  Histogram both;
  for (int i = 0; i < 10'000; ++i) {
    const auto value = static_cast<std::int64_t>(rng.below(1'000'000'000));
    (i % 3 == 0 ? a : b).add(value);
    both.add(value);
  }
  a.merge(b);
  a.merge(Histogram());
  const Histogram copy = a;

  EXPECT_EQ(copy.count(), both.count());
  EXPECT_EQ(copy.sum(), both.sum());
  for (std::uint32_t ppm = 0; ppm <= 1'000'000; ppm += 50'000) {
    EXPECT_EQ(copy.percentile(ppm), both.percentile(ppm));
  }
}

TEST(HistogramTest, BucketsTileTheValues) {
  Histogram histogram;
  for (std::int64_t value = 0; value < 3000; ++value) {
    histogram.add(value);
  }
  std::int64_t expected_low = 0;
  histogram.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
    EXPECT_EQ(low, expected_low);
    if (high < 3000) {
      EXPECT_EQ(count, static_cast<std::uint64_t>(high - low + 1));
    }
    expected_low = high + 1;
  });
  EXPECT_GE(expected_low, 3000);
}

TEST(HistogramTest, AnIdleOneIsSmall) {
  EXPECT_LE(sizeof(Histogram), 64U);
  EXPECT_EQ(Histogram().percentile(500'000), 0);
  EXPECT_EQ(Histogram().min(), 0);
}

}  // namespace
}  // namespace shaketable::proxy
