#include "loadgen/results/latency_histogram.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"

namespace shaketable::loadgen {
namespace {

using proxy::Duration;

std::vector<std::int64_t> some_latencies(std::size_t count) {
  proxy::Rng rng(11);
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < count; ++i) {
    // From nanoseconds to an hour, as many in each octave.
    result.push_back(static_cast<std::int64_t>(rng.below(std::uint64_t{1} << rng.below(42))));
  }
  return result;
}

TEST(LatencyHistogramTest, KeepsThreeDigitsFromNanosecondsToAnHour) {
  std::vector<std::int64_t> values = some_latencies(50'000);
  LatencyHistogram histogram;
  for (const std::int64_t ns : values) {
    histogram.add(Duration(ns));
  }
  std::sort(values.begin(), values.end());

  for (const std::uint32_t ppm : {1'000U, 100'000U, 500'000U, 900'000U, 990'000U, 999'900U}) {
    const std::size_t rank = (values.size() * ppm + 999'999) / 1'000'000;
    const auto exact = static_cast<double>(values[rank - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(ppm).count()), exact, exact * 0.0006 + 1)
        << ppm;
  }
  EXPECT_EQ(histogram.max().count(), values.back());
  EXPECT_EQ(histogram.min().count(), values.front());
}

TEST(LatencyHistogramTest, EqualsTheWholeWhenItsPartsAreMerged) {
  LatencyHistogram whole;
  std::vector<LatencyHistogram> parts(4);
  std::size_t next = 0;
  for (const std::int64_t ns : some_latencies(10'000)) {
    whole.add(Duration(ns));
    parts[next++ % parts.size()].add(Duration(ns));
  }

  LatencyHistogram merged;
  for (const LatencyHistogram& part : parts) {
    EXPECT_FALSE(part == whole);
    merged.merge(part);
  }

  EXPECT_TRUE(merged == whole);
  EXPECT_EQ(merged.mean(), whole.mean());
}

TEST(LatencyHistogramTest, ComesBackFromItsBuckets) {
  LatencyHistogram before;
  for (const std::int64_t ns : some_latencies(1'000)) {
    before.add(Duration(ns));
  }

  LatencyHistogram after;
  before.for_each_bucket(
      [&](std::int64_t low, std::int64_t, std::uint64_t count) { after.add_bucket(low, count); });
  after.restore(before.min().count(), before.max().count(), before.total());

  EXPECT_TRUE(after == before);
  EXPECT_EQ(after.quantile(990'000), before.quantile(990'000));
}

TEST(LatencyHistogramTest, IsEmptyAtFirst) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.quantile(500'000).count(), 0);
  EXPECT_EQ(histogram.min().count(), 0);
  EXPECT_EQ(histogram.mean().count(), 0);
  EXPECT_EQ(histogram.deviation().count(), 0);
}

}  // namespace
}  // namespace shaketable::loadgen
