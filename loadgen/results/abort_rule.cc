#include "loadgen/results/abort_rule.h"

#include "loadgen/core/capacity_search.h"

namespace shaketable::loadgen {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kFewest = 100;  ///< Requests.
constexpr proxy::Duration kLeast = std::chrono::seconds(10);
constexpr std::uint32_t kDeviations = 3;

/// `value < limit` or `<=`.
bool is_upper_limit(Comparison comparison) {
  return comparison == Comparison::kLess || comparison == Comparison::kLessEqual;
}

/// The share of `part` is above `limit_ppm` beyond doubt.
bool is_above(std::uint64_t part, std::uint64_t whole, std::uint64_t limit_ppm) {
  return wilson(part, whole, kDeviations).low_ppm > limit_ppm;
}

/// In micro-requests per second; `elapsed` > 0.
std::int64_t rate_of(std::uint64_t requests, proxy::Duration elapsed) {
  return static_cast<std::int64_t>(static_cast<proxy::Uint128>(requests) * kMillion *
                                   1'000'000'000U / static_cast<std::uint64_t>(elapsed.count()));
}

}  // namespace

bool is_missed_beyond_doubt(const Threshold& threshold, const WatchedCounts& counts,
                            proxy::Duration elapsed) {
  const bool is_upper = is_upper_limit(threshold.comparison);
  const auto exceeds = [&](std::uint64_t count) {
    return is_upper &&
           !compare(static_cast<std::int64_t>(count), threshold.comparison, threshold.value);
  };
  const bool is_enough = counts.requests >= kFewest && elapsed >= kLeast;
  switch (threshold.metric) {
    case Threshold::Metric::kErrorRate:
      return is_upper && counts.requests > 0 &&
             is_above(counts.failed, counts.requests, static_cast<std::uint64_t>(threshold.value));
    case Threshold::Metric::kLatency:
      return is_upper && counts.latency.count() > 0 &&
             is_above(counts.latency.count() - counts.latency.count_at_most(threshold.value),
                      counts.latency.count(), kMillion - threshold.quantile_ppm);
    case Threshold::Metric::kMax:
      return exceeds(static_cast<std::uint64_t>(counts.latency.max()));
    case Threshold::Metric::kFailedRuns:
      return exceeds(counts.failed_runs);
    case Threshold::Metric::kDropped:
      return exceeds(counts.dropped);
    case Threshold::Metric::kMean:
      return is_enough && !compare(counts.latency.mean(), threshold.comparison, threshold.value);
    case Threshold::Metric::kRate:
      return is_enough &&
             !compare(rate_of(counts.requests, elapsed), threshold.comparison, threshold.value);
  }
  return false;
}

}  // namespace shaketable::loadgen
