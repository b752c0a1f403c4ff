#include "loadgen/core/closed_loop.h"

#include <algorithm>

#include "proxy/base/bits.h"

namespace shaketable::loadgen {

using proxy::Duration;
using proxy::Instant;

ClosedLoop::ClosedLoop(const ClosedLoopPlan& plan, proxy::Rng rng)
    : plan_(plan), pick_rng_(rng.stream("journey", 0)), wait_rng_(rng.stream("wait", 0)) {
  for (const JourneyPlan& journey : plan_.journeys) {
    total_weight_ += journey.weight;
  }
  if (total_weight_ == 0) {
    plan_.workers = 0;
  }
  workers_.resize(plan_.workers);
  target_ = plan_.workers;
}

Instant ClosedLoop::ramp_start(std::uint32_t worker) const {
  const auto offset =
      static_cast<proxy::Int128>(plan_.ramp_up.count()) * worker / std::max(plan_.workers, 1U);
  return proxy::after(plan_.start, Duration(static_cast<std::int64_t>(offset)));
}

Instant ClosedLoop::next_deadline() const {
  Instant ramp = ramped_ < plan_.workers ? ramp_start(ramped_) : proxy::kNever;
  ramp = ramp < plan_.stop ? ramp : proxy::kNever;
  return std::min(ramp, timers_.next());
}

std::optional<SendAction> ClosedLoop::next_action(Instant now) {
  while (ramped_ < plan_.workers && ramp_start(ramped_) <= now) {
    const std::uint32_t worker = ramped_++;
    if (worker < target_) {
      begin(ramp_start(worker), worker);
    }
  }
  while (const std::optional<std::uint64_t> due = timers_.pop_due(now)) {
    const auto number = static_cast<std::uint32_t>(*due);
    Worker& worker = workers_[number];
    if (number >= target_) {
      stop_worker(number);
      continue;
    }
    const std::vector<StepPlan>* steps = &plan_.journeys[worker.journey].steps;
    if (worker.step >= steps->size()) {
      // A new journey; it may begin by thinking, or hold nothing else.
      worker.journey = pick_journey();
      worker.step = 0;
      steps = &plan_.journeys[worker.journey].steps;
      const Duration pause = pass_thinking(worker);
      if (worker.step >= steps->size()) {
        wait(worker.due, number,
             std::max(pause + plan_.delay.sample(wait_rng_), kEmptyJourneyPause));
        continue;
      }
      if (pause > Duration::zero()) {
        wait(worker.due, number, pause);
        continue;
      }
    }
    worker.state = State::kSending;
    return SendAction{number, (*steps)[worker.step++].request, worker.journey, worker.due};
  }
  return std::nullopt;
}

void ClosedLoop::on_finished(Instant now, std::uint32_t number) {
  if (number >= workers_.size() || workers_[number].state != State::kSending) {
    return;
  }
  if (number >= target_) {
    stop_worker(number);
    return;
  }
  const Duration delay = plan_.delay.sample(wait_rng_);
  const Duration thinking = pass_thinking(workers_[number]);
  if (plan_.delay.is_constant() && thinking == Duration::zero()) {
    if (set_due(number, proxy::after(now, delay))) {
      timers_.arm(now, delay, number);  // equal waits need no heap
    }
    return;
  }
  wait(now, number, delay + thinking);
}

void ClosedLoop::set_factor(Instant now, std::uint32_t factor_ppm) {
  constexpr std::uint64_t kOne = 1'000'000;
  target_ =
      static_cast<std::uint32_t>((std::uint64_t{plan_.workers} * factor_ppm + kOne / 2) / kOne);
  if (workers_.size() < target_) {
    workers_.resize(target_);
  }
  const Instant from = std::max(now, plan_.start);
  for (std::uint32_t worker = 0; worker < target_; ++worker) {
    const bool is_ramping = worker >= ramped_ && worker < plan_.workers;
    if (!is_ramping && workers_[worker].state == State::kIdle) {
      begin(from, worker);
    }
  }
}

/// Lets an idle worker pick its first journey at `now`.
void ClosedLoop::begin(Instant now, std::uint32_t number) {
  ++active_;
  // Over before it began: waking up picks a journey. The journey's number is only a place to stand.
  workers_[number].journey = 0;
  workers_[number].step = static_cast<std::uint32_t>(plan_.journeys[0].steps.size());
  wait(now, number, Duration::zero());
}

/// False, and the worker has stopped, if it would wake up at the end of the load or later.
bool ClosedLoop::set_due(std::uint32_t number, Instant due) {
  if (due >= plan_.stop) {
    stop_worker(number);
    return false;
  }
  workers_[number].due = due;
  workers_[number].state = State::kWaiting;
  return true;
}

void ClosedLoop::wait(Instant now, std::uint32_t number, Duration pause) {
  const Instant due = proxy::after(now, pause);
  if (set_due(number, due)) {
    timers_.arm_irregular(due, number);
  }
}

void ClosedLoop::stop_worker(std::uint32_t number) {
  workers_[number].state = State::kIdle;
  --active_;
}

/// Passes the think steps that come next and returns how long they take together.
Duration ClosedLoop::pass_thinking(Worker& worker) {
  const std::vector<StepPlan>& steps = plan_.journeys[worker.journey].steps;
  Duration pause{};
  while (worker.step < steps.size() && steps[worker.step].is_think) {
    pause += steps[worker.step++].think.sample(wait_rng_);
  }
  return pause;
}

std::uint32_t ClosedLoop::pick_journey() {
  if (plan_.journeys.size() == 1) {
    return 0;
  }
  std::uint64_t point = pick_rng_.below(total_weight_);
  std::uint32_t journey = 0;
  while (point >= plan_.journeys[journey].weight) {
    point -= plan_.journeys[journey++].weight;
  }
  return journey;
}

}  // namespace shaketable::loadgen
