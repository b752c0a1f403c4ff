#pragma once

#include <string>
#include <vector>

#include "engine/cli/exit_code.h"
#include "loadgen/app/arguments.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/results/load_stats.h"
#include "loadgen/results/run_result.h"
#include "proxy/base/result.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::app {

/// A threshold and whose it is.
struct Requirement {
  std::string load;  ///< Empty = of all loads together.
  Threshold threshold;
};

/// All that a load must meet: thresholds of its file, of `of_all` (those of options), and how many
/// runs may fail.
[[nodiscard]] std::vector<Requirement> requirements_of(const RunArguments& arguments,
                                                       const std::vector<LoadPlan>& loads,
                                                       const std::vector<Threshold>& of_all);
/// The same from a result; fails when it names something that is no threshold.
[[nodiscard]] proxy::Result<std::vector<Requirement>> requirements_of(const RunResult& result);

/// What became of them; `loads` are merged by name. A verdict names its load where there are
/// several.
[[nodiscard]] std::vector<ThresholdVerdict> judge(const std::vector<Requirement>& requirements,
                                                  const std::vector<LoadStats>& loads,
                                                  proxy::Duration elapsed);

/// How they are kept with a result.
[[nodiscard]] std::vector<RequiredThreshold> as_required(
    const std::vector<Requirement>& requirements);

/// 0, 1 or 130, as the result has ended.
[[nodiscard]] engine::ExitCode exit_code_of(const RunResult& result);

}  // namespace shaketable::loadgen::app
