#include "engine/judge/units.h"

#include <gtest/gtest.h>

#include "engine/judge/decimal.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

TEST(UnitsTest, DurationsHaveThreeDigitsAndTheUnitThatFits) {
  EXPECT_EQ(format_duration(0), "0 s");
  EXPECT_EQ(format_duration(999), "999 ns");
  EXPECT_EQ(format_duration(1'500), "1.5 us");
  EXPECT_EQ(format_duration(12'345), "12.3 us");
  EXPECT_EQ(format_duration(999'400), "999 us");
  EXPECT_EQ(format_duration(81'249'999), "81.2 ms");
  EXPECT_EQ(format_duration(2'314'000'000), "2.31 s");
  EXPECT_EQ(format_duration(125s), "125 s");
  EXPECT_EQ(format_duration(-2ms), "-2 ms");
}

TEST(UnitsTest, RoundingNeverShowsAThousandOfASmallerUnit) {
  EXPECT_EQ(format_duration(999'999), "1 ms");
  EXPECT_EQ(format_duration(999'999'999), "1 s");
  EXPECT_EQ(format_duration(9'999'000), "10 ms");
  EXPECT_EQ(format_duration(99'990'000), "100 ms");
}

TEST(UnitsTest, InstantsAndSpansAreInSeconds) {
  EXPECT_EQ(format_instant(proxy::kStart + 61200ms), "61.2 s");
  EXPECT_EQ(format_instant(proxy::kNever), "never");
  EXPECT_EQ(format_span(proxy::kStart + 12500ms, proxy::kStart + 20s), "12.5-20 s");
  EXPECT_EQ(format_span(proxy::kStart, proxy::kNever), "0-end");
}

TEST(UnitsTest, AlmostEverythingIsNotEverything) {
  EXPECT_EQ(format_ppm(1'000'000), "100 %");
  EXPECT_EQ(format_ppm(999'999), "99.9999 %");
  EXPECT_EQ(format_ppm(992'345), "99.23 %");
  EXPECT_EQ(format_ppm(503'000), "50.3 %");
  EXPECT_EQ(format_ppm(1), "0.0001 %");
  EXPECT_EQ(format_ppm(0), "0 %");
  EXPECT_EQ(format_ppm(-20'000), "-2 %");
}

TEST(UnitsTest, CountsHaveSeparatorsAndRatesAreTrimmed) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(12'345'678), "12,345,678");
  EXPECT_EQ(format_rate(412'500'000), "412.5/s");
  EXPECT_EQ(format_rate(12'345'600'000), "12,346/s");
  EXPECT_EQ(format_millionths(-4'250'000, 2), "-4.25");
  EXPECT_EQ(format_decimal(-123'500'000, 1), "-123.5");
  EXPECT_EQ(format_decimal(-1'204'500'000, 1), "-1,204.5");
}

TEST(UnitsTest, EachMetricUsesItsOwnUnit) {
  EXPECT_EQ(format_metric(Metric::kSuccessRate, 990'000), "99 %");
  EXPECT_EQ(format_metric(Metric::kP99, 400'000'000), "400 ms");
  EXPECT_EQ(format_metric(Metric::kRps, 10'000'000), "10/s");
  EXPECT_EQ(format_metric(Metric::kQueue, 4'200'000), "4.2");
  EXPECT_EQ(format_metric(Metric::kRequests, 1200), "1,200");
  EXPECT_STREQ(name_of(Metric::kShare), "share");
  EXPECT_STREQ(name_of(EventKind::kRecovered), "recovered");
}

}  // namespace
}  // namespace shaketable::engine
