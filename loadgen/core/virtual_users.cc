#include "loadgen/core/virtual_users.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace shaketable::loadgen {

using proxy::Duration;
using proxy::Instant;

VirtualUsers::VirtualUsers(const LoadPlan& plan, proxy::Rng rng)
    : plan_(plan),
      pacer_(plan, rng),
      wait_rng_(rng.stream("step-wait", 0)),
      choice_rng_(rng.stream("choice", 0)),
      has_constant_delay_(plan.delay.is_constant()) {
  for (const Journey& journey : plan.journeys) {
    programs_.push_back(compile_steps(journey.steps));
  }
  users_.resize(plan.workers);
}

void VirtualUsers::set_factor(Instant now, std::uint32_t factor_ppm,
                              std::span<const std::uint32_t> journeys_ppm) {
  constexpr std::uint64_t kOne = 1'000'000;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t sum = pacer_.set_journey_factors(journeys_ppm);
  set_factor(now, static_cast<std::uint32_t>(std::min(factor_ppm * sum / kOne, kMost)));
}

std::optional<SendAction> VirtualUsers::next_action(Instant now) {
  // Whoever waits within a run was there before those who begin one.
  while (const std::optional<std::uint64_t> due = timers_.pop_due(now)) {
    const auto number = static_cast<std::uint32_t>(*due);
    if (users_[number].state != State::kWaiting) {
      continue;
    }
    if (const auto action = advance(now, number)) {
      return action;
    }
  }
  while (const std::optional<RunStart> run = pacer_.next_run(now)) {
    if (run->user >= users_.size()) {
      users_.resize(run->user + std::size_t{1});
    }
    User& user = users_[run->user];
    user.journey = run->journey;
    user.due = run->intended;
    user.owed = Duration::zero();
    user.has_failed = false;
    user.last_ok = true;
    user.last_status = 0;
    user.cursor.restart();
    if (const auto action = advance(now, run->user)) {
      return action;
    }
  }
  return std::nullopt;
}

/// Goes on with a run whose next step may be due: to its next request, to a wait, or to its end.
std::optional<SendAction> VirtualUsers::advance(Instant now, std::uint32_t number) {
  User& user = users_[number];
  while (true) {
    if (user.due > now) {
      // Also beyond the load's end: the user idles until then and begins nothing else.
      user.state = State::kWaiting;
      timers_.arm_irregular(user.due, number);
      return std::nullopt;
    }
    const Op& op = user.cursor.next(programs_[user.journey], [&](std::span<const Condition> asked) {
      return holds(user, asked);
    });
    switch (op.kind) {
      case Op::Kind::kSend:
        if (user.owed > Duration::zero()) {
          user.due = proxy::after(user.due, std::exchange(user.owed, Duration::zero()));
          user.cursor.step_back();
          continue;
        }
        if (user.due >= plan_.stop) {
          break;
        }
        user.state = State::kSending;
        user.request = op.target;
        return SendAction{number, op.target, user.journey, user.due};
      case Op::Kind::kThink:
        user.due = proxy::after(user.due, op.step->think.sample(wait_rng_));
        continue;
      case Op::Kind::kSet:
        continue;  // values of variables do not exist here
      case Op::Kind::kFail:
        user.has_failed = true;
        end_run(now, number);
        return std::nullopt;
      case Op::Kind::kEnd:
      case Op::Kind::kIf:
      case Op::Kind::kJump:
      case Op::Kind::kRepeat:
      case Op::Kind::kAgain:
        end_run(now, number);
        return std::nullopt;
    }
    break;
  }
  interrupt(now, number);
  return std::nullopt;
}

void VirtualUsers::on_finished(Instant now, std::uint32_t number, const VirtualAnswer& answer) {
  if (number >= users_.size() || users_[number].state != State::kSending) {
    return;
  }
  User& user = users_[number];
  const Request& request = plan_.requests[user.request];
  user.last_status = answer.status;
  user.last_latency = answer.latency;
  user.last_ok = judge(user, request);
  user.has_failed = user.has_failed || !user.last_ok;
  const bool goes_on = user.last_ok || request.continue_on_failure || plan_.continue_on_failure;
  const WorkerLoop* const closed = pacer_.closed();
  if (!goes_on || user.cursor.is_at_end(programs_[user.journey]) ||
      (closed != nullptr && closed->is_surplus(number))) {
    end_run(now, number);
    return;
  }
  const Duration delay = plan_.delay.sample(wait_rng_);
  user.due = proxy::after(now, delay);
  user.cursor.pass_thinking(programs_[user.journey], [&](const Op& op) {
    user.due = proxy::after(user.due, op.step->think.sample(wait_rng_));
  });
  if (!user.cursor.is_at_request(programs_[user.journey])) {
    // The pause behind the last step is the pacer's; a loop or branch may or may not send again.
    user.due -= delay;
    user.owed = user.cursor.is_at_end(programs_[user.journey]) ? Duration::zero() : delay;
  }
  user.state = State::kWaiting;
  if (has_constant_delay_ && user.due - now == delay) {
    timers_.arm(now, delay, number);  // equal waits need no heap
  } else {
    timers_.arm_irregular(user.due, number);
  }
}

/// The load is over before the next step.
void VirtualUsers::interrupt(Instant now, std::uint32_t number) {
  ++runs_.interrupted;
  users_[number].state = State::kIdle;
  pacer_.on_run_finished(now, number, true);
}

void VirtualUsers::end_run(Instant now, std::uint32_t number) {
  User& user = users_[number];
  user.state = State::kIdle;
  ++(user.has_failed ? runs_.failed : runs_.succeeded);
  pacer_.on_run_finished(now, number, !user.has_failed);
}

/// Whether the last request of the user succeeded.
bool VirtualUsers::judge(const User& user, const Request& request) {
  if (user.last_status == 0) {
    return false;
  }
  for (const Condition& check : request.checks) {
    if (is_known_in_virtual_time(check) && !holds(user, check)) {
      return false;
    }
  }
  return user.last_status < 400 || request.accepts_any_status;
}

bool VirtualUsers::holds(const User& user, std::span<const Condition> conditions) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& condition) { return holds(user, condition); });
}

bool VirtualUsers::holds(const User& user, const Condition& condition) {
  bool result = true;
  switch (condition.kind) {
    case Condition::Kind::kSucceeded:
      result = user.last_ok;
      break;
    case Condition::Kind::kStatus:
      result = contains(condition.statuses, user.last_status);
      break;
    case Condition::Kind::kLatency:
      result = compare(user.last_latency.count(), condition.comparison, condition.number);
      break;
    case Condition::Kind::kChance:
      result = choice_rng_.chance_ppm(static_cast<std::uint32_t>(condition.number));
      break;
    case Condition::Kind::kHeader:
    case Condition::Kind::kBody:
    case Condition::Kind::kBodySize:
    case Condition::Kind::kJson:
    case Condition::Kind::kVariable:
    case Condition::Kind::kGrpcStatus:
      return choice_rng_.chance_ppm(condition.assumed_ppm);
  }
  return result != condition.negate;
}

}  // namespace shaketable::loadgen
