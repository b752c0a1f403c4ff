#pragma once

#include <cstdint>
#include <vector>

/// The logarithmic axis of latencies that histogram and heat map share. A step is the sixteenth
/// part of an octave above one nanosecond.
namespace shaketable::reports {

struct LogRange {
  std::int64_t low = 0, high = 1;  ///< In steps.
};

/// The step of a latency; what is below 1 ns counts as 1 ns.
[[nodiscard]] std::int64_t log_steps_of(std::int64_t ns);

/// A range that holds both with some room, of two octaves at least.
[[nodiscard]] LogRange log_range_of(std::int64_t least_ns, std::int64_t greatest_ns);

/// 1, 10, 100 ns and so on, and 3 of each when the range is short, that lie inside; in ns.
[[nodiscard]] std::vector<std::int64_t> log_ticks_of(const LogRange& range);

}  // namespace shaketable::reports
