#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// A metric over a window, or why there is none.
struct Measurement {
  bool known = false;
  std::int64_t value = 0;     ///< In the metric's unit, see `Metric`.
  std::uint64_t samples = 0;  ///< Answers (or buckets, for gauges) that it rests on.
  std::string problem;        ///< When not known: one clause without a full stop.
};

/// Measures `metric` of `subject` over `window` (resolved; cut at the end of an interrupted run).
///
/// Shares and percentiles of no answer at all are not known; counts and rates of none are zero.
/// Retries of a service are the sum over the edges into it. Utilisation and queue are those of
/// services, averaged over the window by time.
[[nodiscard]] Measurement measure(const Scenario& scenario, const RunRecord& record, Metric metric,
                                  const Subject& subject, const Window& window);

/// The metric bucket by bucket from the start of the run; nothing where a bucket has no answer, and
/// an empty list for metrics that have no value of their own in a bucket (`requests`). p99.9 has
/// none either: a bucket's p99 stands in, which is never above it.
[[nodiscard]] std::vector<std::optional<std::int64_t>> metric_by_bucket(const RunRecord& record,
                                                                        Metric metric,
                                                                        const Subject& subject);

/// Totals of `subject` over a window of `RunRecord::windows`. A subject that was never used has
/// empty totals; a window that was not recorded gives nothing.
[[nodiscard]] std::optional<WindowTotals> totals_of(const RunRecord& record, const Subject& subject,
                                                    const Window& window);

[[nodiscard]] bool holds(const Bound& bound, std::int64_t value);

/// Room between value and bound, positive when there is some, zero at the bound.
[[nodiscard]] std::int64_t margin_of(const Bound& bound, std::int64_t value);

/// "ppm", "ns", "micro_per_second", "millionths" or "count".
[[nodiscard]] const char* unit_of(Metric metric);

/// `part` of `whole` in ppm, rounded down; 0 of nothing.
[[nodiscard]] std::int64_t share_in_ppm(std::uint64_t part, std::uint64_t whole);

/// `count` answers within `length` as micro-requests per second.
[[nodiscard]] std::int64_t rate_of(std::uint64_t count, Duration length);

}  // namespace shaketable::engine
