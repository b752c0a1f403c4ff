#include "loadgen/core/worker_loop.h"

#include <algorithm>

#include "proxy/base/assert.h"
#include "proxy/base/bits.h"

namespace shaketable::loadgen {

using proxy::Duration;
using proxy::Instant;

WorkerLoop::WorkerLoop(const LoadPlan& plan, proxy::Rng rng, Share share)
    : picker_(plan.journeys),
      delay_(plan.delay),
      run_delay_(plan.run_delay),
      ramp_up_(plan.ramp_up),
      worker_duration_(plan.worker_duration > Duration::zero() ? plan.worker_duration
                                                               : proxy::kForever),
      start_(plan.start),
      stop_(plan.stop),
      max_runs_(plan.max_runs),
      runs_per_session_(plan.runs_per_session),
      planned_(picker_.count() == 0 ? 0 : plan.workers),
      processes_(std::max(plan.processes, 1U)),
      order_(plan.picker),
      stop_on_failure_(plan.stop_on_failure),
      share_(share),
      pick_rng_(rng.stream("journey", share.index)),
      wait_rng_(rng.stream("wait", share.index)),
      workers_(planned_),
      target_(planned_),
      ramped_(share.index) {
  ASSERT(share.count > 0 && share.index < share.count);
  has_constant_delay_ = delay_.is_constant() && run_delay_.is_constant();
  for (const Journey& journey : plan.journeys) {
    journey_delays_.push_back(journey.delay);
    has_constant_delay_ = has_constant_delay_ && journey.delay.is_constant();
  }
  if (order_ == Picker::kSingleRun) {
    max_runs_ =
        std::min<std::uint64_t>(max_runs_ == 0 ? picker_.count() : max_runs_, picker_.count());
  }
}

Instant WorkerLoop::ramp_start(std::uint32_t worker) const {
  const std::uint32_t steps = std::max(planned_ / processes_, 1U);
  const auto offset = static_cast<proxy::Int128>(ramp_up_.count()) * (worker / processes_) / steps;
  return proxy::after(start_, Duration(static_cast<std::int64_t>(offset)));
}

Instant WorkerLoop::next_deadline() const {
  const Instant ramp = ramped_ < planned_ ? ramp_start(ramped_) : proxy::kNever;
  return std::min(ramp < stop_ ? ramp : proxy::kNever, timers_.next());
}

std::optional<RunStart> WorkerLoop::next_run(Instant now) {
  while (ramped_ < planned_ && ramp_start(ramped_) <= now) {
    const std::uint32_t worker = ramped_;
    ramped_ += share_.count;
    if (worker < target_) {
      begin(ramp_start(worker), worker);
    }
  }
  while (const std::optional<std::uint64_t> due = timers_.pop_due(now)) {
    const auto number = static_cast<std::uint32_t>(*due);
    if (workers_[number].state != State::kWaiting) {
      continue;
    }
    if (is_surplus(number)) {
      end(number, State::kIdle);
    } else if (!may_begin(workers_[number], workers_[number].due)) {
      end(number, State::kOver);  // the load was stopped while it waited
    } else {
      return start_run(number);
    }
  }
  return std::nullopt;
}

RunStart WorkerLoop::start_run(std::uint32_t number) {
  Worker& worker = workers_[number];
  worker.state = State::kRunning;
  worker.journey = choose(worker);
  const std::uint64_t run = worker.runs++;
  const bool renews = run == 0 || (runs_per_session_ > 0 && run % runs_per_session_ == 0);
  return {number, worker.journey, run, worker.due, renews};
}

void WorkerLoop::on_run_finished(Instant now, std::uint32_t number, bool success) {
  if (number >= workers_.size() || workers_[number].state != State::kRunning) {
    return;
  }
  if (!success && stop_on_failure_) {
    stop();
  }
  if (is_surplus(number)) {
    end(number, State::kIdle);
    return;
  }
  const Worker& worker = workers_[number];
  Duration pause = delay_.sample(wait_rng_) + run_delay_.sample(wait_rng_);
  if (success) {
    pause += journey_delays_[worker.journey].sample(wait_rng_);
  }
  if (pause == Duration::zero() && now == worker.due) {
    pause = kEmptyRunPause;
  }
  wait(now, number, pause);
}

void WorkerLoop::set_factor(Instant now, std::uint32_t factor_ppm) {
  constexpr std::uint64_t kOne = 1'000'000;
  target_ = static_cast<std::uint32_t>((std::uint64_t{planned_} * factor_ppm + kOne / 2) / kOne);
  if (workers_.size() < target_) {
    workers_.resize(target_);
  }
  const Instant from = std::max(now, start_);
  for (std::uint32_t worker = share_.index; worker < target_; worker += share_.count) {
    const bool is_ramping = worker >= ramped_ && worker < planned_;
    if (!is_ramping && workers_[worker].state == State::kIdle) {
      begin(from, worker);
    }
  }
}

void WorkerLoop::stop() { stop_ = Instant::min(); }

bool WorkerLoop::is_over() const {
  return active_ == 0 && (ramped_ >= planned_ || ramp_start(ramped_) >= stop_);
}

/// Lets an idle worker pick its first journey at `at`.
void WorkerLoop::begin(Instant at, std::uint32_t number) {
  Worker& worker = workers_[number];
  ++active_;
  most_ = std::max(most_, active_);
  worker.began = at;
  if (!may_begin(worker, at)) {
    end(number, State::kOver);
    return;
  }
  worker.due = at;
  worker.state = State::kWaiting;
  timers_.arm_irregular(at, number);
}

void WorkerLoop::wait(Instant now, std::uint32_t number, Duration pause) {
  Worker& worker = workers_[number];
  const Instant due = proxy::after(now, pause);
  if (!may_begin(worker, due)) {
    end(number, State::kOver);
    return;
  }
  worker.due = due;
  worker.state = State::kWaiting;
  if (has_constant_delay_) {
    timers_.arm(now, pause, number);  // equal waits need no heap
  } else {
    timers_.arm_irregular(due, number);
  }
}

void WorkerLoop::end(std::uint32_t number, State state) {
  workers_[number].state = state;
  --active_;
}

bool WorkerLoop::may_begin(const Worker& worker, Instant at) const {
  return at < stop_ && at < proxy::after(worker.began, worker_duration_) &&
         (max_runs_ == 0 || worker.runs < max_runs_);
}

std::uint32_t WorkerLoop::choose(const Worker& worker) {
  if (order_ == Picker::kWeighted) {
    return picker_.pick(pick_rng_);
  }
  return picker_.at(static_cast<std::size_t>(worker.runs % picker_.count()));
}

}  // namespace shaketable::loadgen
