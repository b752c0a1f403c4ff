#include "engine/cli/finished_run.h"

#include <utility>
#include <vector>

#include "engine/judge/judge.h"
#include "reports/command_line.h"

namespace shaketable::engine {
namespace {

/// Gathers the runs of one scenario after the other.
class Gatherer {
 public:
  Gatherer(std::span<const LoadedScenario> scenarios, const SeedPlan& seeds,
           const ScenarioDone& done)
      : scenarios_(scenarios), seeds_(seeds), done_(done) {}

  bool add(std::size_t task, RunRecord record) {
    const std::size_t scenario = task / seeds_.runs;
    if (scenario != current_ && !hand_out()) {
      return false;
    }
    current_ = scenario;
    Verdict verdict = judge(scenarios_[scenario].scenario, record);
    if (seeds_.runs > 1) {
      runs_.push_back(summarise(scenarios_[scenario].scenario, record, verdict));
    }
    if (!first_) {
      first_ = FinishedRun{.scenario = &scenarios_[scenario].scenario,
                           .source = &scenarios_[scenario].source,
                           .record = std::move(record),
                           .verdict = std::move(verdict)};
    }
    return task % seeds_.runs + 1 < seeds_.runs || hand_out();
  }

  // What there is, complete or not.
  bool hand_out() {
    if (!first_) {
      return true;
    }
    FinishedRun run = *std::exchange(first_, std::nullopt);
    if (seeds_.runs > 1) {
      run.replications = replicate(std::exchange(runs_, {}), seeds_.runs, seeds_.needed());
    }
    run.command = reports::run_command(*run.source, run.record.seed,
                                       {.runs = seeds_.runs, .required = seeds_.needed()});
    return done_(current_, std::move(run));
  }

 private:
  std::span<const LoadedScenario> scenarios_;
  const SeedPlan& seeds_;
  const ScenarioDone& done_;
  std::size_t current_ = 0;
  std::optional<FinishedRun> first_;
  std::vector<RunSummary> runs_;
};

}  // namespace

reports::Report FinishedRun::report() const {
  return {.scenario = *scenario,
          .record = record,
          .verdict = verdict,
          .command = command,
          .source = source,
          .replications = replications ? &*replications : nullptr,
          .comparison = comparison ? &*comparison : nullptr};
}

ComparedSide side_of(const FinishedRun& run, std::string name) {
  ComparedSide side{.name = std::move(name),
                    .scenario = *run.scenario,
                    .record = run.record,
                    .verdict = run.verdict,
                    .runs = {}};
  if (run.replications) {
    side.runs = run.replications->runs;
    side.runs.front() = summarise(*run.scenario, run.record, run.verdict);
  } else {
    side.runs.push_back(summarise(*run.scenario, run.record, run.verdict));
  }
  return side;
}

FinishedRun judged(const LoadedResult& loaded) {
  FinishedRun run{.scenario = &loaded.scenario,
                  .source = &loaded.source,
                  .record = loaded.record,
                  .verdict = judge(loaded.scenario, loaded.record)};
  reports::RepeatedRuns repeated;
  if (loaded.replications) {
    std::vector<RunSummary> runs = loaded.replications->runs;
    runs.front() = summarise(loaded.scenario, run.record, run.verdict);
    run.replications =
        replicate(std::move(runs), loaded.replications->asked, loaded.replications->required);
    repeated = {.runs = loaded.replications->asked, .required = loaded.replications->required};
  }
  run.command = reports::run_command(loaded.source, loaded.record.seed, repeated);
  return run;
}

void run_scenario_set(std::span<const LoadedScenario> scenarios, const SeedPlan& seeds,
                      const BatchOptions& options, const ScenarioDone& done) {
  std::vector<RunTask> tasks;
  for (const LoadedScenario& it : scenarios) {
    for (std::uint64_t i = 0; i < seeds.runs; ++i) {
      tasks.push_back({.scenario = &it.scenario, .seed = it.scenario.run.seed + i});
    }
  }
  bool go_on = true;
  Gatherer gatherer(scenarios, seeds, done);
  run_batch(tasks, options, [&](std::size_t task, RunRecord record) {
    go_on = gatherer.add(task, std::move(record));
    return go_on;
  });
  if (go_on) {
    static_cast<void>(gatherer.hand_out());
  }
}

}  // namespace shaketable::engine
