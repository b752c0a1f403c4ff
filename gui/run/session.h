#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/cli/finished_run.h"
#include "engine/cli/scenario_set.h"
#include "engine/sim/simulation.h"
#include "proxy/base/result.h"

namespace shaketable::gui {

/// A fault that a person lets happen now.
struct Act {
  std::string name;  ///< What the scenario will call it; gets a number when it is taken.
  /// What it is, as a scenario says it, without `at`: "on: payment, delay: {add: 2s}".
  std::string what;
};

/// A run that is over or was left, with everything that reports need.
struct RunResult {
  engine::LoadedScenario scenario;  ///< With the acts of the session.
  engine::FinishedRun run;          ///< Points into `scenario`.
};

/// One run and what was done to it: a simulation beside a scenario that, run from its start,
/// gives the same run again. Runs on whichever thread calls it; one at a time.
///
/// A fault begins inside the running simulation. To end one early, the scenario is changed and the
/// run is made again up to the present: the simulator cannot take back an end that it has planned,
/// and so the saved scenario and the session are the same computation by construction.
class Session {
 public:
  explicit Session(std::shared_ptr<const engine::LoadedScenario> scenario);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] engine::Simulation& simulation() { return *simulation_; }
  [[nodiscard]] engine::Duration bucket() const;
  /// The scenario with everything that was done so far.
  [[nodiscard]] const engine::LoadedScenario& scenario() const { return *now_; }

  /// Lets a fault begin now. Fails, and changes nothing, when the scenario's reader refuses it.
  proxy::Result<void> act(const Act& wanted);
  /// Ends every fault that is on; dead instances come back. Returns how many there were. The run is
  /// made again up to now when there were any: what was recorded stays the same. `at_bucket` is
  /// then told how full breakers were at the end of each bucket.
  using BucketEnd =
      std::function<void(std::size_t bucket, const std::vector<engine::BreakerLevel>& levels)>;
  proxy::Result<std::uint32_t> stop_faults(const BucketEnd& at_bucket = {});

  /// What was recorded so far, judged as an interrupted run; changes nothing. Cost: linear in the
  /// record.
  [[nodiscard]] std::shared_ptr<const RunResult> preview() const;
  /// Ends the session: what was recorded, judged.
  [[nodiscard]] std::shared_ptr<const RunResult> finish();

 private:
  void begin();
  void run_again(engine::Instant now, const BucketEnd& at_bucket);
  proxy::Result<void> take_over(engine::ScenarioSource source);

  std::shared_ptr<const engine::LoadedScenario> first_;  ///< What the simulation runs on.
  std::shared_ptr<const engine::LoadedScenario> now_;
  std::unique_ptr<engine::Simulation> simulation_;
};

}  // namespace shaketable::gui
