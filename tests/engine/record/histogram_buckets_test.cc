#include "engine/record/histogram_buckets.h"

#include <limits>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"

namespace shaketable::engine {
namespace {

using proxy::Histogram;

void expect_same(const Histogram& made, const Histogram& original) {
  EXPECT_EQ(made.count(), original.count());
  EXPECT_EQ(made.min(), original.min());
  EXPECT_EQ(made.max(), original.max());
  EXPECT_EQ(made.sum(), original.sum());
  EXPECT_EQ(made.mean(), original.mean());
  for (const std::uint32_t ppm :
       {0U, 1U, 100'000U, 500'000U, 900'000U, 990'000U, 999'000U, 1'000'000U}) {
    EXPECT_EQ(made.percentile(ppm), original.percentile(ppm)) << ppm;
  }
}

TEST(HistogramBucketsTest, AHistogramMadeAgainAnswersTheSame) {
  proxy::Rng rng(7);
  for (int round = 0; round < 200; ++round) {
    Histogram original;
    const std::uint64_t values = rng.below(50);
    const auto bits = static_cast<int>(rng.below(55)) + 1;
    for (std::uint64_t i = 0; i < values; ++i) {
      original.add(static_cast<std::int64_t>(rng.below(std::uint64_t{1} << bits)),
                   1 + rng.below(3));
    }

    const auto made = histogram_of(parts_of(original));

    ASSERT_TRUE(made.has_value()) << "round " << round;
    expect_same(*made, original);
  }
}

TEST(HistogramBucketsTest, ASumBeyondItsLimitKeepsItsMean) {
  Histogram original;
  original.add(std::int64_t{1} << 61, 1000);

  const auto made = histogram_of(parts_of(original));

  ASSERT_TRUE(made.has_value());
  expect_same(*made, original);
}

TEST(HistogramBucketsTest, MergesLikeTheOriginal) {
  Histogram original;
  original.add(1'000'003);
  original.add(5'000'017);
  original.add(1'100'001, 7);
  Histogram other;
  other.add(3);

  auto made = histogram_of(parts_of(original));
  ASSERT_TRUE(made.has_value());
  made->merge(other);
  original.merge(other);

  expect_same(*made, original);
}

TEST(HistogramBucketsTest, RefusesPartsThatContradictEachOther) {
  Histogram original;
  original.add(1'000, 3);
  original.add(90'000, 2);
  const HistogramParts good = parts_of(original);
  const auto refused = [&good](auto&& change) {
    HistogramParts parts = good;
    change(parts);
    return !histogram_of(parts).has_value();
  };

  EXPECT_FALSE(refused([](HistogramParts&) {}));
  EXPECT_TRUE(refused([](HistogramParts& parts) { parts.sum += 100'000; }));
  EXPECT_TRUE(refused([](HistogramParts& parts) { parts.sum = 5; }));
  EXPECT_TRUE(refused([](HistogramParts& parts) { parts.sum = -1; }));
  EXPECT_TRUE(refused([](HistogramParts& parts) { parts.min = 2; }));
  EXPECT_TRUE(refused([](HistogramParts& parts) { parts.max = 1; }));
  EXPECT_TRUE(refused([](HistogramParts& parts) { parts.buckets.clear(); }));
  EXPECT_TRUE(refused([](HistogramParts& parts) { parts.buckets[0].count = 0; }));
  EXPECT_TRUE(refused([](HistogramParts& parts) { parts.buckets[0].count = UINT64_MAX; }));
  EXPECT_TRUE(refused([](HistogramParts& parts) { parts.buckets[1].index = 1'000'000; }));
  EXPECT_TRUE(
      refused([](HistogramParts& parts) { std::swap(parts.buckets[0], parts.buckets[1]); }));
}

}  // namespace
}  // namespace shaketable::engine
