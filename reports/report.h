#pragma once

#include <string>

#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"
#include "engine/scenario/source.h"

namespace shaketable::engine {
struct Replications;
struct RunComparison;
}  // namespace shaketable::engine

namespace shaketable::reports {

/// What every writer gets. All three are about the same run; writers only read them.
struct Report {
  const engine::Scenario& scenario;
  const engine::RunRecord& record;
  const engine::Verdict& verdict;
  /// The command that repeats the run, as a person would type it; may be empty.
  std::string command;
  /// What the scenario was made from. Only the JSON result needs it, which cannot be read back
  /// without; null when nobody kept it.
  const engine::ScenarioSource* source = nullptr;
  /// The same scenario with other seeds, this run among them as the first; null for a single run.
  const engine::Replications* replications = nullptr;
  /// Against the baseline that was given; null without one. Not part of the JSON result.
  const engine::RunComparison* comparison = nullptr;
};

/// Version of the program as results name it.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace shaketable::reports
