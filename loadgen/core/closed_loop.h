#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "proxy/base/deadline_queue.h"
#include "proxy/base/distribution.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// One step of a journey: a request, or a pause to think.
struct StepPlan {
  bool is_think = false;
  std::uint32_t request = 0;  ///< The caller's number of the request.
  proxy::Distribution think;  ///< Of a think step.
};

/// A weighted user journey (Molotov's scenario). Weight 0 is never picked.
struct JourneyPlan {
  std::uint32_t weight = 1;
  std::vector<StepPlan> steps;
};

/// Users who act, wait for the answer, and act again.
struct ClosedLoopPlan {
  std::uint32_t workers = 0;
  proxy::Duration ramp_up{};  ///< Worker i of n starts at start + i * ramp_up / n.
  proxy::Distribution delay;  ///< Slept between two requests and between two journeys.
  std::vector<JourneyPlan> journeys;
  proxy::Instant start = proxy::kStart;
  proxy::Instant stop = proxy::kNever;  ///< No request starts at or after it.
};

/// Send `request` for `worker` now; then call `on_finished` with that worker once.
struct SendAction {
  std::uint32_t worker = 0;
  std::uint32_t request = 0;
  std::uint32_t journey = 0;
  proxy::Instant intended{};  ///< When the worker was due; latency counts from here.
};

/// The workers of a closed loop, as Molotov runs them.
///
///     kIdle --start--> (pick a journey) --> kSending --on_finished--> kWaiting --+
///       ^                                      ^                                 |
///       |                                      +------ delay and thinking over --+
///       +---- surplus after a factor, or the load has stopped ----
///
/// Between two requests a worker sleeps `delay` once, plus the think steps that lie between them; a
/// new journey is picked by weight when the one before is over. A journey without any request
/// takes at least `kEmptyJourneyPause`, so that it cannot spin. A request that is in flight at
/// `stop` is not interrupted.
///
/// Inputs carry `now`, which must not go backwards. No allocation after construction but in
/// `set_factor`, once the timers' heap has grown. Not thread-safe.
class ClosedLoop {
 public:
  static constexpr proxy::Duration kEmptyJourneyPause = std::chrono::milliseconds(1);

  ClosedLoop(const ClosedLoopPlan& plan, proxy::Rng rng);

  /// When `next_action` may have something to say, if nothing is finished before; a lower bound.
  [[nodiscard]] proxy::Instant next_deadline() const;

  /// What has to be sent now. Call it until it returns nothing.
  std::optional<SendAction> next_action(proxy::Instant now);

  /// The answer (or failure) of the worker's request. Ignored if the worker has none in flight.
  void on_finished(proxy::Instant now, std::uint32_t worker);

  /// Load fault: factor x workers are active. Extra ones start at once; surplus ones (the highest
  /// numbers) stop after their current step. Workers whose ramp-up is still to come keep it.
  void set_factor(proxy::Instant now, std::uint32_t factor_ppm);

  /// Workers that have begun and not stopped.
  [[nodiscard]] std::uint32_t active_workers() const { return active_; }
  /// Random numbers drawn so far, for the fingerprint.
  [[nodiscard]] std::uint64_t draws() const { return pick_rng_.draws() + wait_rng_.draws(); }

 private:
  enum class State : std::uint8_t { kIdle, kWaiting, kSending };

  struct Worker {
    State state = State::kIdle;
    std::uint32_t journey = 0;
    std::uint32_t step = 0;  ///< The next one; the journey's number of steps when it is over.
    proxy::Instant due{};    ///< When its wait ends.
  };

  void begin(proxy::Instant now, std::uint32_t worker);
  bool set_due(std::uint32_t worker, proxy::Instant due);
  void wait(proxy::Instant now, std::uint32_t worker, proxy::Duration pause);
  void stop_worker(std::uint32_t worker);
  proxy::Duration pass_thinking(Worker& worker);
  [[nodiscard]] std::uint32_t pick_journey();
  [[nodiscard]] proxy::Instant ramp_start(std::uint32_t worker) const;

  ClosedLoopPlan plan_;
  proxy::Rng pick_rng_, wait_rng_;
  std::uint64_t total_weight_ = 0;
  std::vector<Worker> workers_;
  proxy::DeadlineQueue timers_;
  std::uint32_t target_ = 0;  ///< Workers with lower numbers are wanted.
  std::uint32_t active_ = 0;
  std::uint32_t ramped_ = 0;  ///< Workers with lower numbers have had their ramp-up.
};

}  // namespace shaketable::loadgen
