#pragma once

#include <span>

#include "loadgen/core/load_plan.h"
#include "loadgen/results/load_stats.h"
#include "loadgen/results/run_result.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// What became of the thresholds of one load, or of several together, in their order. `of` names a
/// journey, a step or a tag, in this order of search, else one of the loads; one that names
/// nothing, and a latency of which nothing was measured, does not hold. `elapsed` is what rates are
/// measured over.
[[nodiscard]] std::vector<ThresholdVerdict> judge_thresholds(std::span<const Threshold> thresholds,
                                                             std::span<const LoadStats> loads,
                                                             proxy::Duration elapsed);

}  // namespace shaketable::loadgen
