#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// One trial of `shaketable capacity`: a scenario under more or less load, and whether it held.
namespace shaketable::engine {

/// A factor of the load as thousandths: 1,000 is the load as it is written.
using LoadLevel = std::uint64_t;
inline constexpr LoadLevel kWholeLoad = 1'000;

/// The scenario with the load times `level` / 1,000: rates of open loops, workers of closed ones
/// (at least one). `load` is the index of the only load that grows; kNone = all.
[[nodiscard]] Scenario scaled_scenario(const Scenario& scenario, LoadLevel level,
                                       std::uint32_t load);

/// What the clients saw of a run behind its warm-up.
struct TrialFigures {
  std::int64_t rate = 0;     ///< Answers per second, micro-requests per second.
  std::int64_t goodput = 0;  ///< Successful ones.
  std::int64_t errors_ppm = 0;
  std::int64_t p50 = 0, p99 = 0;  ///< ns
};

/// The figures of a load (kNone: of all together).
[[nodiscard]] TrialFigures figures_of(const RunRecord& record, std::uint32_t load);

/// A threshold that a run was held against.
struct ThresholdResult {
  std::string text;
  bool holds = false;
  std::optional<std::int64_t> value;  ///< In the threshold's unit; nothing without answers.
};

/// Judges thresholds by what clients saw. `of` of a threshold names a load, a journey, or a
/// service; empty = `load`, or everything. A threshold about nothing that was answered does not
/// hold.
[[nodiscard]] std::vector<ThresholdResult> judge_thresholds(
    const Scenario& scenario, const RunRecord& record,
    const std::vector<loadgen::Threshold>& thresholds, std::uint32_t load);

/// False for metrics of the live program alone: failed runs, dropped arrivals.
[[nodiscard]] bool is_measurable(const loadgen::Threshold& threshold);

/// True if `name` is a load, a journey or a service of the scenario.
[[nodiscard]] bool names_something(const Scenario& scenario, const std::string& name);

}  // namespace shaketable::engine
