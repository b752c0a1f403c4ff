#pragma once

#include <string>

#include "loadgen/results/run_result.h"

namespace shaketable::loadgen {

/// The result for a CI system: each threshold is a test case that passed or failed. A set-up that
/// failed and a run that was interrupted are errors. Without any of these there is one case: that
/// the load was carried out.
[[nodiscard]] std::string load_junit(const RunResult& result);

}  // namespace shaketable::loadgen
