#include "loadgen/results/abort_rule.h"

#include <gtest/gtest.h>

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;

Threshold threshold(Threshold::Metric metric, std::int64_t value,
                    Comparison comparison = Comparison::kLess) {
  Threshold it;
  it.metric = metric;
  it.value = value;
  it.comparison = comparison;
  it.quantile_ppm = 990'000;
  return it;
}

WatchedCounts failures(std::uint64_t failed, std::uint64_t requests) {
  WatchedCounts counts;
  counts.failed = failed;
  counts.requests = requests;
  return counts;
}

TEST(AbortRuleTest, WaitsUntilAShareIsBeyondDoubt) {
  const Threshold limit = threshold(Threshold::Metric::kErrorRate, 100'000);  // 10 %

  EXPECT_FALSE(is_missed_beyond_doubt(limit, failures(0, 0), 1s));
  EXPECT_FALSE(is_missed_beyond_doubt(limit, failures(1, 2), 1s)) << "bad luck may be";
  EXPECT_FALSE(is_missed_beyond_doubt(limit, failures(105, 1'000), 1s));
  EXPECT_TRUE(is_missed_beyond_doubt(limit, failures(200, 1'000), 1s));
  EXPECT_TRUE(is_missed_beyond_doubt(limit, failures(20, 20), 1s));
}

TEST(AbortRuleTest, TakesAQuantileForAShareOfSlowRequests) {
  const Threshold limit = threshold(Threshold::Metric::kLatency, 100'000'000);  // p99 < 100 ms
  WatchedCounts counts;
  counts.latency.add(1'000'000, 985);
  counts.latency.add(500'000'000, 15);
  EXPECT_FALSE(is_missed_beyond_doubt(limit, counts, 1s));

  counts.latency.add(500'000'000, 15);
  EXPECT_TRUE(is_missed_beyond_doubt(limit, counts, 1s));
}

TEST(AbortRuleTest, EndsAtOnceForCountsThatOnlyGrow) {
  WatchedCounts counts;
  counts.failed_runs = 4;
  counts.dropped = 4;
  counts.latency.add(2'000'000'000);

  EXPECT_FALSE(is_missed_beyond_doubt(threshold(Threshold::Metric::kFailedRuns, 5), counts, 0s));
  EXPECT_TRUE(is_missed_beyond_doubt(threshold(Threshold::Metric::kFailedRuns, 4), counts, 0s));
  EXPECT_TRUE(is_missed_beyond_doubt(threshold(Threshold::Metric::kDropped, 1), counts, 0s));
  EXPECT_TRUE(
      is_missed_beyond_doubt(threshold(Threshold::Metric::kMax, 1'000'000'000), counts, 0s));
}

TEST(AbortRuleTest, WaitsForTenSecondsBeforeItBelievesARate) {
  const Threshold limit =
      threshold(Threshold::Metric::kRate, 100'000'000, Comparison::kGreater);  // > 100/s
  EXPECT_FALSE(is_missed_beyond_doubt(limit, failures(0, 500), 9s));
  EXPECT_TRUE(is_missed_beyond_doubt(limit, failures(0, 500), 10s));
  EXPECT_FALSE(is_missed_beyond_doubt(limit, failures(0, 2'000), 10s));
}

TEST(AbortRuleTest, NeverMissesALowerLimitOfAShareBeforeTheEnd) {
  const Threshold limit = threshold(Threshold::Metric::kErrorRate, 500'000, Comparison::kGreater);
  EXPECT_FALSE(is_missed_beyond_doubt(limit, failures(0, 100'000), 60s));
}

}  // namespace
}  // namespace shaketable::loadgen
