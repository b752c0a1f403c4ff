#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "engine/cli/run_batch.h"
#include "engine/cli/scenario_set.h"
#include "engine/judge/comparison.h"
#include "engine/judge/replications.h"
#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/result/result_reader.h"
#include "reports/report.h"

namespace shaketable::engine {

/// How often a scenario is run: with the seeds seed, seed + 1, ...
struct SeedPlan {
  std::uint64_t runs = 1;
  std::uint64_t required = 0;  ///< Runs in which each expectation must hold; 0 = in all of them.

  [[nodiscard]] std::uint64_t needed() const { return required == 0 ? runs : required; }
};

/// A run that is over, or was read back, with all that reports say about it. `scenario` and
/// `source` must outlive it.
struct FinishedRun {
  const Scenario* scenario = nullptr;
  const ScenarioSource* source = nullptr;
  RunRecord record;  ///< Of the first seed.
  Verdict verdict;   ///< Likewise.
  std::optional<Replications> replications;
  std::optional<RunComparison> comparison;
  std::string command;

  [[nodiscard]] reports::Report report() const;
  [[nodiscard]] bool passed() const { return replications ? replications->passed : verdict.passed; }
};

/// One side of a comparison; `run` must outlive it.
[[nodiscard]] ComparedSide side_of(const FinishedRun& run, std::string name);

/// Judges what was read back.
[[nodiscard]] FinishedRun judged(const LoadedResult& loaded);

/// Called for each scenario on the calling thread, in their order, when all its runs are over.
/// Returning false gives the remaining runs up.
using ScenarioDone = std::function<bool(std::size_t scenario, FinishedRun run)>;

/// Runs each scenario with all its seeds. After Ctrl-C a scenario is handed out with the runs that
/// it has; one without any is left out.
void run_scenario_set(std::span<const LoadedScenario> scenarios, const SeedPlan& seeds,
                      const BatchOptions& options, const ScenarioDone& done);

}  // namespace shaketable::engine
