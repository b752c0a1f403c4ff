#include <algorithm>
#include <utility>

#include "engine/sim/simulator_inl.h"
#include "proxy/telemetry/response_flags.h"

/// Instances that die and come back, stand still, or become slow.
namespace shaketable::engine {

void Simulator::kill(std::uint32_t index, Duration restart_after, const char* how) {
  Instance& instance = instances_[index];
  if (!instance.up) {
    return;
  }
  end_instance(index);
  report_down(instance, how);
  announce(index, false);
  if (restart_after > Duration::zero()) {
    kernel_.schedule(now() + restart_after,
                     {.kind = static_cast<std::uint8_t>(SimEvent::kRestart), .target = index});
  }
}

void Simulator::report_down(const Instance& instance, std::string how) {
  RunEvent event;
  event.at = now();
  event.kind = EventKind::kInstanceDown;
  event.service = instance.place.service;
  event.instance = instance.place.number;
  event.reason = std::move(how);
  log_.add(std::move(event));
}

void Simulator::change_capacity(const Instance& instance, bool up) {
  const ServiceIndex service = instance.place.service;
  ServiceLevels& levels = recorder_.levels(service);
  const auto change = static_cast<std::int64_t>(capacity_of(*instance.runtime)) * (up ? 1 : -1);
  levels.instances_up += up ? 1U : ~0U;
  levels.capacity += static_cast<std::uint64_t>(change);
  if (scaled_[service] != nullptr) {
    scaled_[service]->capacity.change(now(), change);
  }
}

/// It is no more: nothing that was in it, nothing that it asked for.
void Simulator::end_instance(std::uint32_t index) {
  Instance& instance = instances_[index];
  instance.up = false;
  if (instance.membership == Membership::kMember) {  // Others do not count since they were told.
    change_capacity(instance, false);
  }
  drop_visits_of(index);
  network_.narrow().clear(index);
  if (sidecars_[index] != nullptr) {
    retired_draws_ += sidecars_[index]->draws();
    sidecars_[index].reset();
  }
  // Peers see their connections end as soon as the news reaches them.
  for (const ConnectionEnds& ends : connections_) {
    if (ends.id != 0 && ends.callee == index) {
      const Duration delay = link_delay(now(), index, ends.caller);
      if (delay >= Duration::zero()) {
        kernel_.schedule(now() + delay,
                         {.kind = static_cast<std::uint8_t>(SimEvent::kConnectionClosed),
                          .target = ends.caller,
                          .arg = ends.id});
      }
    }
  }
}

/// Everything at or from a dead instance ends; who waits for it at the far end is told.
void Simulator::drop_visits_of(std::uint32_t index) {
  std::int64_t hanging = 0;
  const std::uint32_t count = visits_.slot_count();
  for (std::uint32_t slot = 0; slot < count; ++slot) {
    Visit& visit = visits_.at_slot(slot);
    if (!Slab<Visit>::is_used(visit)) {
      continue;
    }
    const bool is_from_here = visit.caller_instance == index;
    visit.caller_is_gone = visit.caller_is_gone || is_from_here;
    visit.callee_is_gone = visit.callee_is_gone || visit.instance == index;
    const bool is_here = visit.instance == index && visit.state != Visit::State::kTravelling &&
                         visit.state != Visit::State::kAnswering;
    if (is_here) {
      if (visit.is_calling) {
        client_timers_.cancel(visit.timeout);
        trace_abandoned(visit);
        forget_call(visit);
      }
      const CallId direct = visit.call();
      const std::uint32_t caller = visit.caller_instance;
      hanging += visit.is_hanging ? 1 : 0;
      count_lost_client(visit, now() - visit.arrived);
      free_visit(visit);
      if (direct != 0) {
        reset_caller(direct, index, caller);
      }
    } else if (is_from_here && visit.state != Visit::State::kAnswering) {
      send_message(SimEvent::kCancelArrives, visit, index, visit.instance, now());
    }
  }
  empty_queues(index, hanging);
}

/// Counts a client's request that found its instance dead, or died with it, as a failed connection
/// of the service: the load has no sidecar that would count it. Requests of services are left to
/// their edges.
void Simulator::count_lost_client(const Visit& visit, Duration latency) {
  const bool waits = visit.caller_instance == kNone && (visit.call() & kLoadCall) != 0;
  if (waits && !visit.cancelled && !visit.is_unknown) {
    recorder_.on_served(instances_[visit.instance].plan_of(visit.endpoint), kNone,
                        Outcome::kConnection, 503, latency);
  }
}

/// A caller without a sidecar has no connection of ours to watch: it gets the reset.
void Simulator::reset_caller(CallId call, std::uint32_t from, std::uint32_t caller) {
  Visit& reset = visits_.emplace();
  reset.reset();
  if (is_tracing_) {
    tracer_.forget_slot(reset);
  }
  reset.state = Visit::State::kAnswering;
  reset.was_reset = true;
  reset.status = 503;
  reset.set_response_flags(proxy::kFlagUpstreamConnectionTermination);
  reset.origin = call;
  reset.instance = from;
  reset.caller_instance = caller;
  send_message(SimEvent::kResponseArrives, reset, from, caller, now());
}

/// Nobody waits or works on a dead instance.
void Simulator::empty_queues(std::uint32_t index, std::int64_t hanging) {
  Instance& instance = instances_[index];
  ServiceLevels& levels = recorder_.levels(instance.place.service);
  levels.waiting.change(now(), -static_cast<std::int64_t>(instance.waiting.length));
  std::int64_t inside = hanging + instance.busy - std::int64_t{instance.leaked} +
                        std::int64_t{instance.waiting.length};
  std::int64_t busy = 0;
  switch (instance.runtime->model) {
    case RuntimeModel::kWorkers:
      busy = instance.busy;
      break;
    case RuntimeModel::kEventLoop:
      for (LoopState& loop : instance.loops) {
        busy += loop.running == kNoVisit ? 0 : 1;
        levels.waiting.change(now(), -static_cast<std::int64_t>(loop.ready.length));
        loop = LoopState{};
      }
      break;
    case RuntimeModel::kShared:
      busy = std::min(instance.cpu->jobs(), instance.runtime->cpus);
      break;
  }
  levels.inside.change(now(), -inside);
  levels.busy.change(now(), -busy);
  instance.busy = instance.leaked = instance.owed = 0;
  instance.leaked_bytes = 0;
  instance.waiting = VisitQueue{};
  instance.frozen = VisitQueue{};
  instance.held = VisitQueue{};
  if (instance.cpu != nullptr) {
    instance.cpu->clear(now());
    ++instance.cpu_alarm;
    instance.cpu_alarm_at = proxy::kNever;
  }
}

void Simulator::restart(std::uint32_t index, const char* how) {
  Instance& instance = instances_[index];
  if (instance.up || instance.membership != Membership::kMember || instance.place.is_cut_off) {
    return;
  }
  instance.up = true;
  certificates_.issue(index, now());
  if (instance.pauses > 0 && instance.cpu != nullptr) {
    instance.cpu->stop(now());
  }
  change_capacity(instance, true);
  RunEvent event;
  event.at = now();
  event.kind = EventKind::kInstanceUp;
  event.service = instance.place.service;
  event.instance = instance.place.number;
  event.reason = how;
  log_.add(std::move(event));
  announce(index, true);
  advance_rollout(instance.place.service);
}

/// From the first pause on, work carries how much of it was paused already: so far, nothing.
void Simulator::begin_to_mark_pauses(std::uint32_t index) {
  instances_[index].set(kQuirkPauses, true);
  for (std::uint32_t slot = 0; slot < visits_.slot_count(); ++slot) {
    Visit& visit = visits_.at_slot(slot);
    if (Slab<Visit>::is_used(visit) && visit.instance == index) {
      visit.pause_mark = Duration::zero();
    }
  }
}

void Simulator::pause_instance(std::uint32_t index) {
  Instance& instance = instances_[index];
  if (++instance.pauses > 1) {
    return;
  }
  if (!instance.has(kQuirkPauses)) {
    begin_to_mark_pauses(index);
  }
  instance.paused_at = now();
  if (instance.cpu != nullptr) {
    instance.cpu->stop(now());
    set_cpu_alarm(index);
  }
}

void Simulator::resume_instance(std::uint32_t index) {
  Instance& instance = instances_[index];
  if (--instance.pauses > 0) {
    return;
  }
  instance.paused_total += now() - instance.paused_at;
  if (instance.cpu != nullptr) {
    instance.cpu->resume(now());
    set_cpu_alarm(index);
  }
  while (instance.frozen.length > 0) {
    Visit& visit = pop(instance.frozen);
    visit.pause_mark = instance.paused_total;
    kernel_.schedule(
        now() + visit.work,
        {.kind = static_cast<std::uint8_t>(SimEvent::kWorkDone), .target = index, .arg = visit.id});
  }
  while (instance.held.length > 0) {
    start_wait(pop(instance.held), Duration::zero());
  }
}

void Simulator::on_gc_pause(std::uint32_t index, bool starts) {
  const Runtime& runtime = *instances_[index].runtime;
  EventBody next{.kind = static_cast<std::uint8_t>(SimEvent::kGcPause), .target = index};
  if (starts) {
    pause_instance(index);
    next.flags = 1;
    kernel_.schedule(now() + runtime.pause_for, next);
  } else {
    resume_instance(index);
    kernel_.schedule(now() + runtime.pause_every, next);
  }
}

/// Several slow-downs at once multiply.
void Simulator::set_slow(std::uint32_t index) {
  std::uint64_t slow = proxy::kPpmOne;
  for (std::uint32_t f = 0; f < faults_.size(); ++f) {
    if (fault_active_[f] && faults_[f].kind == FaultKind::kSlow &&
        std::find(fault_targets_[f].begin(), fault_targets_[f].end(), index) !=
            fault_targets_[f].end()) {
      slow = std::min<std::uint64_t>(slow * faults_[f].factor_ppm / proxy::kPpmOne, kNone);
    }
  }
  Instance& instance = instances_[index];
  instance.slow_ppm = static_cast<std::uint32_t>(slow);
  instance.set(kQuirkScaled,
               slow != proxy::kPpmOne || instance.runtime->speed_ppm != proxy::kPpmOne);
}

}  // namespace shaketable::engine
