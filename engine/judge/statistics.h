#pragma once

#include <cstdint>

#include "engine/judge/canary.h"
#include "proxy/base/histogram.h"

/// Confidence intervals on integers: equal on every machine.
namespace shaketable::engine {

/// The largest r with r x r <= value.
[[nodiscard]] std::uint64_t square_root(proxy::Uint128 value);

/// Wilson's 95 % interval of a share, in ppm. All zero for no trials at all.
[[nodiscard]] Interval wilson_ppm(std::uint64_t hits, std::uint64_t trials);

/// A percentile (in ppm of the values) with its 95 % interval by order statistics: the values at
/// the ranks n p -/+ 1.96 sqrt(n p (1 - p)). Accurate to a histogram's bucket. All zero for none.
[[nodiscard]] Interval percentile_interval(const proxy::Histogram& values, std::uint32_t ppm);

}  // namespace shaketable::engine
