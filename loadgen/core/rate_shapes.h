#pragma once

#include <cstdint>
#include <vector>

#include "loadgen/core/load_plan.h"
#include "proxy/base/time.h"

/// Rates with a shape, as stages.
namespace shaketable::loadgen {

/// sin(2 pi * phase / 2^32) in units of 2^-30, by an integer table of a quarter wave and straight
/// lines between its 256 points; off by at most 5e-6. The same on every machine.
[[nodiscard]] std::int64_t sine_q30(std::uint32_t phase);

/// One period of `mean + amplitude * sin`, in 256 straight pieces; off by at most 0.008 % of the
/// amplitude. The pieces add up to the period exactly. `amplitude` <= `mean`, `period` > 0.
[[nodiscard]] std::vector<RateStage> sine_stages(std::uint64_t mean_ups,
                                                 std::uint64_t amplitude_ups,
                                                 proxy::Duration period);

/// One period of `base` with a peak of `length` at its end; `length` < `period`.
[[nodiscard]] std::vector<RateStage> spike_stages(std::uint64_t base_ups, std::uint64_t peak_ups,
                                                  proxy::Duration period, proxy::Duration length);

/// Stairs from `from` to `to` (up or down) by `by` > 0; the last step is `to`, however near.
/// At most `kMaxStairs` steps: the rest is left out.
[[nodiscard]] std::vector<RateStage> stair_stages(std::uint64_t from_ups, std::uint64_t to_ups,
                                                  std::uint64_t by_ups, proxy::Duration every);
inline constexpr std::size_t kMaxStairs = 10'000;

}  // namespace shaketable::loadgen
