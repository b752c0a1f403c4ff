#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/cli/capacity_trial.h"
#include "engine/scenario/model.h"

/// What `shaketable capacity` says at its end.
namespace shaketable::engine {

/// All trials of one level.
struct CapacityPoint {
  LoadLevel level = 0;
  std::uint32_t trials = 0;
  std::uint32_t held = 0;
  TrialFigures figures;             ///< Of the first trial: all levels have the same seed there.
  std::vector<std::string> broken;  ///< Objectives that some trial did not meet.
};

struct CapacityResult {
  std::vector<std::string> objectives;  ///< As written; empty = what the scenario expects.
  std::vector<CapacityPoint> points;    ///< By level.
  LoadLevel level = 0;                  ///< Confirmed; 0 = none holds.
  LoadLevel fails = 0;                  ///< The lowest that failed; 0 = none did.
  std::uint32_t confirmations = 0;
  std::uint32_t load = kNone;  ///< The only one that grew.
  bool interrupted = false;
};

/// The level behind which latency climbs: the point farthest below the straight line from the first
/// to the slowest one (p99 over the level, both scaled to 1). 0 with fewer than three points, if
/// p99 does not even double, or if none lies a tenth below.
[[nodiscard]] LoadLevel knee_of(const std::vector<CapacityPoint>& points);

[[nodiscard]] std::string capacity_text(const Scenario& scenario, const CapacityResult& result,
                                        bool color);
[[nodiscard]] std::string capacity_json(const Scenario& scenario, const CapacityResult& result);

}  // namespace shaketable::engine
