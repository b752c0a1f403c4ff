#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "loadgen/core/journey_program.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/core/pacer.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// Send `request` for `user` now; then call `on_finished` with that user once.
struct SendAction {
  std::uint32_t user = 0;
  std::uint32_t request = 0;  ///< Index into LoadPlan::requests.
  std::uint32_t journey = 0;
  proxy::Instant intended{};  ///< When it was due; latency counts from here.
};

/// What a simulated user learns about an answer.
struct VirtualAnswer {
  std::uint16_t status = 0;   ///< 0 = there was none.
  proxy::Duration latency{};  ///< From the intended start.
};

/// Runs of journeys that have ended.
struct RunCounts {
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;       ///< A request failed, or a `fail` step was reached.
  std::uint64_t interrupted = 0;  ///< The load was over before the next step.
};

/// The users of a load in virtual time: pacing, and every user's way through loops, branches, think
/// times and checks of status and latency.
///
/// Bodies and headers of answers do not exist there. Checks that ask for them hold; branches and
/// loops that ask for them take `Condition::assumed_ppm` as the probability that they do.
///
/// Between two requests of a run lie `delay` and the think steps between them, in one wait. A run
/// ends at its first failed request unless that one (or the load) says to go on. No request starts
/// at or after the plan's `stop`; one that is under way then is not interrupted.
///
/// Inputs carry `now`, which must not go backwards. No allocation in the steady state. Not
/// thread-safe.
class VirtualUsers {
 public:
  /// `plan` must outlive it and stay where it is.
  VirtualUsers(const LoadPlan& plan, proxy::Rng rng);

  /// When `next_action` may have something to say, if nothing is finished before; a lower bound.
  [[nodiscard]] proxy::Instant next_deadline() const {
    return std::min(pacer_.next_deadline(), timers_.next());
  }

  /// What has to be sent now. Call it until it returns nothing.
  std::optional<SendAction> next_action(proxy::Instant now);

  /// The answer (or its lack) to the user's request. Ignored if the user has none in flight.
  void on_finished(proxy::Instant now, std::uint32_t user, const VirtualAnswer& answer);

  /// Load fault: factor x workers, or x rate. Surplus workers stop after their current step.
  void set_factor(proxy::Instant now, std::uint32_t factor_ppm) {
    pacer_.set_factor(now, factor_ppm);
  }
  /// The same, and each journey has so many millionths of its weight, by index; none = as planned.
  /// The sum of the weights goes into the rate (or the workers), so that the other journeys are run
  /// as often as before.
  void set_factor(proxy::Instant now, std::uint32_t factor_ppm,
                  std::span<const std::uint32_t> journeys_ppm);

  [[nodiscard]] const Pacer& pacer() const { return pacer_; }
  [[nodiscard]] const RunCounts& runs() const { return runs_; }
  /// Random numbers drawn so far, for the fingerprint.
  [[nodiscard]] std::uint64_t draws() const {
    return pacer_.draws() + wait_rng_.draws() + choice_rng_.draws();
  }

 private:
  enum class State : std::uint8_t { kIdle, kWaiting, kSending };

  struct User {
    State state = State::kIdle;
    bool has_failed = false;
    bool last_ok = true;
    std::uint16_t last_status = 0;
    std::uint32_t journey = 0;
    std::uint32_t request = 0;
    proxy::Instant due{};    ///< The next step's.
    proxy::Duration owed{};  ///< Of `delay`, if another request comes: only asking will tell.
    proxy::Duration last_latency{};
    JourneyCursor cursor;
  };

  std::optional<SendAction> advance(proxy::Instant now, std::uint32_t number);
  void interrupt(proxy::Instant now, std::uint32_t number);
  void end_run(proxy::Instant now, std::uint32_t number);
  [[nodiscard]] bool judge(const User& user, const Request& request);
  [[nodiscard]] bool holds(const User& user, std::span<const Condition> conditions);
  [[nodiscard]] bool holds(const User& user, const Condition& condition);

  const LoadPlan& plan_;
  Pacer pacer_;
  proxy::Rng wait_rng_, choice_rng_;
  std::vector<std::vector<Op>> programs_;
  std::vector<User> users_;
  proxy::DeadlineQueue timers_;
  bool has_constant_delay_;
  RunCounts runs_;
};

}  // namespace shaketable::loadgen
