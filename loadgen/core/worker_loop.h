#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "loadgen/core/journey_picker.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/core/run_start.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// Which worker begins which run of a journey when: a closed loop, as Molotov runs it.
///
///     kIdle --ramp-up--> kWaiting --due, journey picked--> kRunning --on_run_finished--+
///                           ^                                                         |
///                           +------ delay + run_delay + (success) journey's delay ----+
///       kRunning or kWaiting --runs, duration or load over, failure with stop_on_failure--> kOver
///
/// Worker i of n starts at start + i * ramp_up / n. `max_runs` and `worker_duration` count for each
/// worker from its own start (Molotov does so, too, but lets a run begin up to a second late); a
/// run that is under way when the load stops is not interrupted. A run that ends in the moment in
/// which it began, with nothing to wait for, is followed by at least `kEmptyRunPause`, so that an
/// empty journey cannot spin.
///
/// Inputs carry `now`, which must not go backwards. No allocation after construction but in
/// `set_factor`, once the timers' heap has grown. Not thread-safe.
class WorkerLoop {
 public:
  static constexpr proxy::Duration kEmptyRunPause = std::chrono::milliseconds(1);

  /// `plan` is not kept. No worker ever starts if no journey has a weight.
  WorkerLoop(const LoadPlan& plan, proxy::Rng rng, Share share = {});

  /// When `next_run` may have something to say, if nothing is finished before; a lower bound.
  [[nodiscard]] proxy::Instant next_deadline() const;

  /// What begins now. Call it until it returns nothing.
  std::optional<RunStart> next_run(proxy::Instant now);

  /// The end of a worker's run. Ignored if it has none.
  void on_run_finished(proxy::Instant now, std::uint32_t worker, bool success);

  /// Load fault: factor x workers are active. Extra ones start at once; surplus ones (the highest
  /// numbers) stop after their current run. Workers whose ramp-up is still to come keep it.
  void set_factor(proxy::Instant now, std::uint32_t factor_ppm);

  /// Load fault: which journeys are chosen how often; see `JourneyPicker::set_factors`.
  std::uint32_t set_journey_factors(std::span<const std::uint32_t> factors_ppm) {
    return picker_.set_factors(factors_ppm);
  }

  /// No run begins any more; those under way go on.
  void stop();

  /// True once no run is under way and none will begin.
  [[nodiscard]] bool is_over() const;
  /// Workers that have begun and not ended.
  [[nodiscard]] std::uint32_t active_workers() const { return active_; }
  /// Highest number of workers at once so far.
  [[nodiscard]] std::uint32_t most_workers() const { return most_; }
  /// One more than the highest worker number that can occur (of all shares).
  [[nodiscard]] std::uint32_t capacity() const {
    return static_cast<std::uint32_t>(workers_.size());
  }
  /// True if the worker should end after its current step: the surplus of a smaller factor.
  [[nodiscard]] bool is_surplus(std::uint32_t worker) const { return worker >= target_; }
  /// Random numbers drawn so far, for the fingerprint.
  [[nodiscard]] std::uint64_t draws() const { return pick_rng_.draws() + wait_rng_.draws(); }

 private:
  enum class State : std::uint8_t { kIdle, kWaiting, kRunning, kOver };

  struct Worker {
    State state = State::kIdle;
    std::uint32_t journey = 0;
    std::uint64_t runs = 0;
    proxy::Instant began{};  ///< Itself.
    proxy::Instant due{};    ///< When its wait ends; while it runs: when the run was due.
  };

  void begin(proxy::Instant at, std::uint32_t worker);
  void wait(proxy::Instant now, std::uint32_t worker, proxy::Duration pause);
  void end(std::uint32_t worker, State state);
  [[nodiscard]] bool may_begin(const Worker& worker, proxy::Instant at) const;
  [[nodiscard]] proxy::Instant ramp_start(std::uint32_t worker) const;
  [[nodiscard]] std::uint32_t choose(const Worker& worker);
  [[nodiscard]] RunStart start_run(std::uint32_t worker);

  JourneyPicker picker_;
  std::vector<proxy::Distribution> journey_delays_;
  proxy::Distribution delay_, run_delay_;
  proxy::Duration ramp_up_, worker_duration_;
  proxy::Instant start_, stop_;
  std::uint64_t max_runs_, runs_per_session_;
  std::uint32_t planned_;    ///< Workers of the plan, of all shares.
  std::uint32_t processes_;  ///< So many of them begin together.
  Picker order_;
  bool stop_on_failure_;
  bool has_constant_delay_ = true;
  Share share_;
  proxy::Rng pick_rng_, wait_rng_;
  std::vector<Worker> workers_;
  proxy::DeadlineQueue timers_;
  std::uint32_t target_ = 0;  ///< Workers with lower numbers are wanted.
  std::uint32_t active_ = 0;
  std::uint32_t most_ = 0;
  std::uint32_t ramped_ = 0;  ///< Workers with lower numbers have had their ramp-up.
};

}  // namespace shaketable::loadgen
