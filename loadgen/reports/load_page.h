#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/results/run_result.h"

namespace shaketable::loadgen {

/// The result as one HTML file that needs nothing else: the verdict of the thresholds, figures,
/// charts over time, the distribution of latencies, journeys, steps and tags, errors, schedule and
/// connections. `command` is how to do it again, as typed; empty = not known.
[[nodiscard]] std::string load_page(const RunResult& result,
                                    const std::vector<std::uint32_t>& quantiles_ppm,
                                    const std::string& command);

}  // namespace shaketable::loadgen
