#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/judge/comparison.h"

/// The pieces that `compare_runs()` is put together from; for engine/judge alone.
namespace shaketable::engine {

/// The figure of a subject in up to 20 spans of equal length of the measured run; a span in which
/// nothing was measured is left out of both sides by whoever pairs them.
[[nodiscard]] std::vector<std::optional<std::int64_t>> metric_by_span(const ComparedSide& side,
                                                                      const SignalSummary& signal,
                                                                      Metric metric);

/// Half the width of the interval of a difference, and where it comes from.
struct Uncertainty {
  std::optional<std::int64_t> half_width;
  Pairing pairing = Pairing::kNoIntervals;
};
[[nodiscard]] Uncertainty uncertainty_of(const ComparedSide& before, const ComparedSide& after,
                                         const SignalSummary& signal, Metric metric);

/// The signal of that kind and name in a run, or null.
[[nodiscard]] const SignalSummary* find_signal(const RunSummary& run, SignalSummary::Kind kind,
                                               const std::string& name);

/// Seeds that both sides have, rising.
[[nodiscard]] std::vector<std::uint64_t> common_seeds(const ComparedSide& before,
                                                      const ComparedSide& after);

/// True for metrics that are shares, whose differences are in points.
[[nodiscard]] bool is_share(Metric metric);

[[nodiscard]] inline std::int64_t magnitude(std::int64_t value) {
  return value < 0 ? -value : value;
}

/// Adds how the expectations changed, and a regression for each that held before only.
void compare_expectations(const ComparedSide& before, const ComparedSide& after,
                          RunComparison& result);

/// Events whose counts differ, by kind and subject.
[[nodiscard]] std::vector<EventChange> compare_events(const ComparedSide& before,
                                                      const ComparedSide& after);

}  // namespace shaketable::engine
