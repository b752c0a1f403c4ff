#include "engine/judge/interval.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

// Reference values: R's binom::binom.wilson, t.test.
TEST(IntervalTest, WilsonsIntervalIsThatOfTheBooks) {
  EXPECT_EQ(wilson_interval(9, 10), (ConfidenceInterval{595'849, 982'124}));
  EXPECT_EQ(wilson_interval(5, 10), (ConfidenceInterval{236'593, 763'407}));
  EXPECT_EQ(wilson_interval(95, 100), (ConfidenceInterval{888'249, 978'457}));
}

TEST(IntervalTest, NoneAndAllAreNotCertainties) {
  const ConfidenceInterval none = wilson_interval(0, 10);
  const ConfidenceInterval all = wilson_interval(10, 10);

  EXPECT_EQ(none.low, 0);
  EXPECT_EQ(none.high, 277'533);
  EXPECT_EQ(all.low, 722'467);
  EXPECT_EQ(all.high, 1'000'000);
}

TEST(IntervalTest, TheMeanLiesWhereStudentSays) {
  const std::int64_t values[] = {1'000'000, 2'000'000, 3'000'000, 4'000'000, 5'000'000};

  const auto interval = mean_interval(values);

  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(static_cast<double>(interval->low), 1'036'757, 1'000);  // t.test(1:5)
  EXPECT_NEAR(static_cast<double>(interval->high), 4'963'243, 1'000);
}

TEST(IntervalTest, EqualValuesLeaveNoDoubtAndOneValueAllOfIt) {
  const std::int64_t same[] = {7, 7, 7};

  EXPECT_EQ(mean_interval(same), (ConfidenceInterval{7, 7}));
  EXPECT_EQ(mean_interval(std::span(same, 1)), std::nullopt);
  EXPECT_EQ(unpaired_half_width(same, std::span(same, 1)), std::nullopt);
}

TEST(IntervalTest, ExtremeValuesDoNotOverflow) {
  const std::int64_t values[] = {INT64_MAX, INT64_MIN + 1, INT64_MAX};

  const auto interval = mean_interval(values);

  ASSERT_TRUE(interval.has_value());
  EXPECT_LT(interval->low, interval->high);
}

TEST(IntervalTest, TheMedianNeedsSixValues) {
  EXPECT_EQ(median_of({5, 1, 3}), 3);
  EXPECT_EQ(median_of({4, 1, 3, 2}), 2);
  EXPECT_EQ(median_interval({1, 2, 3, 4, 5}), std::nullopt);
  EXPECT_EQ(median_interval({6, 5, 4, 3, 2, 1}), (ConfidenceInterval{1, 6}));
  EXPECT_EQ(median_interval({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), (ConfidenceInterval{2, 9}));
}

TEST(IntervalTest, ManyValuesNarrowTheMedian) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 1; i <= 1'000; ++i) {
    values.push_back(i);
  }

  const auto interval = median_interval(values);

  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(static_cast<double>(interval->low), 469, 2);  // qbinom(0.025, 1000, 0.5)
  EXPECT_NEAR(static_cast<double>(interval->high), 532, 2);
}

TEST(IntervalTest, RootsAreRoundedDown) {
  EXPECT_EQ(integer_root(0), 0U);
  EXPECT_EQ(integer_root(15), 3U);
  EXPECT_EQ(integer_root(16), 4U);
  EXPECT_EQ(integer_root(~proxy::Uint128{0}), UINT64_MAX);
}

}  // namespace
}  // namespace shaketable::engine
