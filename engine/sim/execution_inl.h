#pragma once

#include "engine/sim/simulator.h"

/// Applications: how requests take places, and walk through their programs. The usual way; the rest
/// is in sim_execution.cc and sim_work.cc.
namespace shaketable::engine {

// ---- admission --------------------------------------------------------------------------------

[[gnu::always_inline]] inline void Simulator::enter_application(Visit& visit) {
  visit.state = Visit::State::kWaiting;
  if (visit.is_unknown) [[unlikely]] {
    visit.status = 404;
    answer(visit);
    return;
  }
  Instance& instance = instances_[visit.instance];
  if (instance.has(kQuirkFaults)) [[unlikely]] {
    Duration delay{0};
    if (!apply_request_faults(visit, delay)) {
      return;
    }
    visit.work = delay;
    visit.is_delayed = delay > Duration::zero();
  }
  admit(visit, instance);
}

[[gnu::always_inline]] inline void Simulator::admit(Visit& visit, Instance& instance) {
  ServiceLevels& levels = recorder_.levels(instance.place.service);
  if (instance.is_observed) [[unlikely]] {
    keep_found(instance);
  }
  if (instance.model != RuntimeModel::kWorkers) [[unlikely]] {
    if (!take_place(visit, instance)) {
      return;
    }
  } else if (instance.busy < instance.workers) {
    levels.busy.add(now());
  } else if (instance.waiting.length >= instance.queue) [[unlikely]] {
    refuse(visit);
    return;
  } else {
    push(instance.waiting, visit);
    if (is_tracing_) [[unlikely]] {
      tracer_.on_queued(visit, now());
    }
    levels.waiting.add(now());
    levels.inside.add(now());
    return;
  }
  ++instance.busy;
  levels.inside.add(now());
  begin_execution(visit, instance);
}

[[gnu::always_inline]] inline void Simulator::begin_execution(Visit& visit, Instance& instance) {
  const EndpointPlan& plan = plans_.endpoints[instance.plan_of(visit.endpoint)];
  visit.admitted = true;
  visit.state = Visit::State::kRunning;
  if (is_tracing_) [[unlikely]] {
    tracer_.on_begun(visit, now());
  }
  if (instance.is_observed) [[unlikely]] {
    keep_wait(instance, visit, false);
  }
  visit.op = plan.first_op;
  if (instance.choice_rng.chance_ppm(plan.error_ppm)) [[unlikely]] {
    visit.failure = plan.error_status;
  }
  const bool is_hit = instance.choice_rng.chance_ppm(plan.cache_hit_ppm);
  if (is_hit || visit.is_delayed) [[unlikely]] {
    begin_unusually(visit, instance, is_hit);
    return;
  }
  run_visit(visit);
}

/// Gives the place up, and to the next in the queue.
[[gnu::always_inline]] inline void Simulator::leave(Visit& visit, Instance& instance) {
  if (!visit.admitted) [[unlikely]] {
    return;
  }
  visit.admitted = false;
  ServiceLevels& levels = recorder_.levels(instance.place.service);
  levels.inside.remove(now());
  --instance.busy;
  if (instance.is_observed || instance.model != RuntimeModel::kWorkers) [[unlikely]] {
    leave_unusually(visit, instance);
  }
  if (instance.model == RuntimeModel::kWorkers) {
    levels.busy.remove(now());
    if (instance.waiting.length > 0) {
      let_next_in(instance);
    }
  }
}

inline void Simulator::push(VisitQueue& queue, Visit& visit) {
  visit.next = kNoVisit;
  (queue.last == kNoVisit ? queue.first : visits_.at_slot(queue.last).next) = visit.slot();
  queue.last = visit.slot();
  ++queue.length;
}

inline Visit& Simulator::pop(VisitQueue& queue) {
  Visit& visit = visits_.at_slot(queue.first);
  queue.first = visit.next;
  if (queue.first == kNoVisit) {
    queue.last = kNoVisit;
  }
  --queue.length;
  return visit;
}

// ---- programs ---------------------------------------------------------------------------------

[[gnu::always_inline]] inline void Simulator::end_visit(Visit& visit, Instance& instance) {
  if (visit.is_branch) [[unlikely]] {
    end_branch(visit);
    return;
  }
  visit.status = visit.failure == 0 ? std::uint16_t{200} : visit.failure;
  const bool is_wanted = !visit.cancelled;
  leave(visit, instance);
  if (is_wanted) [[likely]] {
    answer(visit);
  } else {
    free_visit(visit);
  }
}

[[gnu::always_inline]] inline void Simulator::answer(Visit& visit) {
  if (visit.local == 0) {
    send_response(visit);
    return;
  }
  const proxy::AttemptId local = visit.local;
  visit.local = 0;
  visit.state = Visit::State::kAtProxy;
  proxy::ResponseHead head;
  head.status = visit.status;
  sidecar(visit.instance).on_response(now(), local, head);
}

// ---- work -------------------------------------------------------------------------------------

[[gnu::always_inline]] inline void Simulator::start_work(Visit& visit, Instance& instance,
                                                         Duration work) {
  if ((instance.quirks & (kQuirkScaled | kQuirkLoops | kQuirkContended | kQuirkPauses)) != 0)
      [[unlikely]] {
    start_work_elsewhere(visit, instance, work);
    return;
  }
  kernel_.schedule(now() + work, {.kind = static_cast<std::uint8_t>(SimEvent::kWorkDone),
                                  .target = visit.instance,
                                  .arg = visit.id});
}

[[gnu::always_inline]] inline void Simulator::on_work_done(Visit& visit) {
  Instance& instance = instances_[visit.instance];
  if (instance.has(kQuirkPauses) && stretch_by_pause(visit, instance)) [[unlikely]] {
    return;
  }
  work_ended(visit, instance);
}

[[gnu::always_inline]] inline void Simulator::work_ended(Visit& visit, Instance& instance) {
  if (instance.has(kQuirkLoops)) [[unlikely]] {
    leave_loop(visit, instance);
  }
  run_visit(visit);
}

}  // namespace shaketable::engine
