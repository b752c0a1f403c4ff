#pragma once

#include <string>
#include <string_view>

#include "loadgen/results/run_result.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen {

/// The result of a run as JSON: everything that was counted, histograms bucket by bucket, so that
/// the results of several generators can be added up without a loss (`result_from_json`). Times are
/// integers in nanoseconds, named `..._ns`. Ends with a line feed.
[[nodiscard]] std::string result_json(const RunResult& result);

/// Reads what `result_json` wrote. Unknown keys are ignored. Fails when it is something else, or
/// when its numbers contradict each other. A bucket that stands alone takes 8 KiB, so a file may
/// take some hundred times its own size in memory, if somebody wants it to.
[[nodiscard]] proxy::Result<RunResult> result_from_json(std::string_view text);

}  // namespace shaketable::loadgen
