#include "loadgen/app/judgement.h"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/formats/diagnostic.h"
#include "engine/formats/load_file.h"
#include "loadgen/results/thresholds.h"

namespace shaketable::loadgen::app {
namespace {

/// How many failed runs are too many, by `--fail` and `fail:` of the loads; 0 = no number is.
std::uint64_t failed_run_limit(const RunArguments& arguments, const std::vector<LoadPlan>& loads) {
  std::uint64_t limit = arguments.fail;
  for (const LoadPlan& plan : loads) {
    if (plan.fail_threshold > 0) {
      limit = limit == 0 ? plan.fail_threshold : std::min(limit, plan.fail_threshold);
    }
  }
  return limit;
}

}  // namespace

std::vector<Requirement> requirements_of(const RunArguments& arguments,
                                         const std::vector<LoadPlan>& loads,
                                         const std::vector<Threshold>& of_all) {
  std::vector<Requirement> result;
  for (const LoadPlan& plan : loads) {
    for (const Threshold& threshold : plan.thresholds) {
      result.push_back({plan.name, threshold});
    }
  }
  for (const Threshold& threshold : of_all) {
    result.push_back({"", threshold});
  }
  if (const std::uint64_t limit = failed_run_limit(arguments, loads); limit > 0) {
    Threshold threshold;
    threshold.metric = Threshold::Metric::kFailedRuns;
    threshold.value = static_cast<std::int64_t>(limit);
    threshold.source = "failed_runs < " + std::to_string(limit);
    result.push_back({"", std::move(threshold)});
  }
  return result;
}

proxy::Result<std::vector<Requirement>> requirements_of(const RunResult& result) {
  std::vector<Requirement> requirements;
  for (const RequiredThreshold& it : result.required) {
    engine::Diagnostics diagnostics;
    auto thresholds = engine::parse_thresholds("required", {&it.source, 1}, diagnostics);
    if (diagnostics.has_errors() || thresholds.size() != 1) {
      return proxy::fail("it requires '" + it.source + "', which is no threshold");
    }
    requirements.push_back({it.load, std::move(thresholds.front())});
  }
  return requirements;
}

std::vector<ThresholdVerdict> judge(const std::vector<Requirement>& requirements,
                                    const std::vector<LoadStats>& loads, proxy::Duration elapsed) {
  std::vector<ThresholdVerdict> verdicts;
  for (const Requirement& it : requirements) {
    std::span<const LoadStats> whose = loads;
    if (!it.load.empty()) {
      const auto found = std::find_if(loads.begin(), loads.end(),
                                      [&](const LoadStats& load) { return load.name == it.load; });
      whose = found == loads.end() ? std::span<const LoadStats>() : std::span(&*found, 1);
    }
    ThresholdVerdict verdict = judge_thresholds({&it.threshold, 1}, whose, elapsed).front();
    if (loads.size() > 1 && !it.load.empty()) {
      verdict.source = it.load + ": " + verdict.source;
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

std::vector<RequiredThreshold> as_required(const std::vector<Requirement>& requirements) {
  std::vector<RequiredThreshold> result;
  for (const Requirement& it : requirements) {
    result.push_back({it.load, it.threshold.source});
  }
  return result;
}

engine::ExitCode exit_code_of(const RunResult& result) {
  if (result.was_interrupted) {
    return engine::ExitCode::kInterrupted;
  }
  return result.passed() ? engine::ExitCode::kPassed : engine::ExitCode::kExpectationFailed;
}

}  // namespace shaketable::loadgen::app
