#include <algorithm>

#include "engine/sim/simulator.h"
#include "proxy/telemetry/response_flags.h"

/// Applications: how requests take workers, loops and CPUs, and walk through their programs.
namespace shaketable::engine {

// ---- admission --------------------------------------------------------------------------------

void Simulator::enter_application(std::uint32_t visit) {
  visits_[visit].state = Visit::State::kWaiting;
  if (visits_[visit].is_unknown) [[unlikely]] {
    visits_[visit].status = 404;
    answer(visit);
    return;
  }
  Duration delay{0};
  if (!instances_[visits_[visit].instance].faults.empty() && !apply_request_faults(visit, delay)) {
    return;
  }
  visits_[visit].work = delay;
  admit(visit);
}

void Simulator::admit(std::uint32_t visit) {
  Instance& instance = instances_[visits_[visit].instance];
  const Runtime& runtime = *instance.runtime;
  ServiceLevels& levels = recorder_.levels(instance.place.service);
  if (options_.observe_queue_of == instance.place.service &&
      (options_.queue_figures & kQueueFound) != 0) [[unlikely]] {
    queue_samples_.found.push_back(instance.busy + instance.waiting.length);
  }
  switch (runtime.model) {
    case RuntimeModel::kWorkers:
      if (instance.busy >= runtime.workers) {
        if (instance.waiting.length >= runtime.queue) {
          refuse(visit);
          return;
        }
        push(instance.waiting, visit);
        levels.waiting.change(now(), 1);
        levels.inside.change(now(), 1);
        return;
      }
      levels.busy.change(now(), 1);
      break;
    case RuntimeModel::kEventLoop: {
      if (runtime.max_in_flight != 0 && instance.busy >= runtime.max_in_flight) {
        refuse(visit);
        return;
      }
      const auto loop = std::min_element(
          instance.loops.begin(), instance.loops.end(),
          [](const LoopState& a, const LoopState& b) { return a.assigned < b.assigned; });
      ++loop->assigned;
      visits_[visit].loop = static_cast<std::uint32_t>(loop - instance.loops.begin());
      break;
    }
    case RuntimeModel::kShared:
      if (runtime.max_in_flight != 0 && instance.busy >= runtime.max_in_flight) {
        refuse(visit);
        return;
      }
      break;
  }
  ++instance.busy;
  levels.inside.change(now(), 1);
  begin_execution(visit);
}

void Simulator::refuse(std::uint32_t index) {
  Visit& visit = visits_[index];
  Instance& instance = instances_[visit.instance];
  log_.on_queue_full(now(), instance.place.service, instance.place.number);
  visit.status = 503;
  if (!instance.runtime->refuse_connection) {
    answer(index);
    return;
  }
  if (instance.has_sidecar) {
    const proxy::AttemptId local = visit.local;
    visit.local = 0;
    visit.state = Visit::State::kAtProxy;  // the application never had it
    sidecar(visit.instance).on_upstream_reset(now(), local, proxy::ResetReason::kConnectFailure);
    return;
  }
  visit.was_reset = true;
  visit.flags = proxy::kFlagUpstreamConnectionFailure;
  send_response(id_of(index));
}

void Simulator::begin_execution(std::uint32_t index) {
  Visit& visit = visits_[index];
  Instance& instance = instances_[visit.instance];
  const EndpointPlan& plan = plans_.endpoints[visit.plan];
  visit.admitted = true;
  visit.state = Visit::State::kRunning;
  if (options_.observe_queue_of == instance.place.service) [[unlikely]] {
    keep_wait(instance, visit, false);
  }
  visit.op = plan.first_op;
  if (instance.choice_rng.chance_ppm(plan.error_ppm)) {
    visit.failure = plan.error_status;
  }
  const bool hit = instance.choice_rng.chance_ppm(plan.cache_hit_ppm);
  if (visit.work > Duration::zero()) {
    Duration delay = visit.work;
    visit.work = Duration::zero();
    if (hit) {
      visit.op = kEndOp;
      visit.failure = 0;
      delay += plan.cache_hit_time.sample(instance.work_rng);
    }
    start_wait(index, delay);
  } else if (hit) {
    visit.op = kEndOp;
    visit.failure = 0;
    start_work(index, plan.cache_hit_time.sample(instance.work_rng));
  } else {
    run_visit(index);
  }
}

/// Gives the place up, and to the next in the queue.
void Simulator::leave(Instance& instance, std::uint32_t index) {
  Visit& visit = visits_[index];
  if (!visit.admitted) {
    return;
  }
  visit.admitted = false;
  if (options_.observe_queue_of == instance.place.service &&
      (options_.queue_figures & kQueueEnds) != 0) [[unlikely]] {
    queue_samples_.ends.push_back((now() - Instant{}).count());
  }
  ServiceLevels& levels = recorder_.levels(instance.place.service);
  levels.inside.change(now(), -1);
  --instance.busy;
  switch (instance.runtime->model) {
    case RuntimeModel::kEventLoop:
      --instance.loops[visit.loop].assigned;
      return;
    case RuntimeModel::kShared:
      return;
    case RuntimeModel::kWorkers:
      break;
  }
  levels.busy.change(now(), -1);
  while (instance.waiting.length > 0) {
    const std::uint32_t next = pop(instance.waiting);
    levels.waiting.change(now(), -1);
    if (visits_[next].cancelled && instance.runtime->cancel) {
      levels.inside.change(now(), -1);
      free_visit(next);
      continue;
    }
    ++instance.busy;
    levels.busy.change(now(), 1);
    // A request without any work ends inside this call and lets the next one in: a long queue of
    // such requests goes on by an event now and then, not ever deeper on the stack.
    if (beginning_ >= kMostNested) {
      kernel_.schedule(now(), {.kind = static_cast<std::uint8_t>(SimEvent::kBegin),
                               .target = visits_[next].instance,
                               .arg = id_of(next)});
      return;
    }
    ++beginning_;
    begin_execution(next);
    --beginning_;
    return;
  }
}

void Simulator::on_begin(VisitId id) {
  const VisitMap::Handle handle = VisitMap::Handle::unpack(id);
  if (visits_.contains(handle)) {
    begin_execution(handle.slot);
  }
}

// ---- programs ---------------------------------------------------------------------------------

void Simulator::run_visit(std::uint32_t index) {
  if (Instance& stopped = instances_[visits_[index].instance]; stopped.pauses > 0) [[unlikely]] {
    push(stopped.held, index);
    return;
  }
  for (;;) {
    Visit& visit = visits_[index];
    Instance& instance = instances_[visit.instance];
    const Op& op = plans_.ops[visit.op];
    if ((visit.cancelled || is_orphan(visit)) && instance.runtime->cancel) {
      end_visit(index);
      return;
    }
    // A request that will fail by itself does so after its first work.
    const bool is_first_work = op.kind == Op::Kind::kWork && !visit.is_branch &&
                               visit.op == plans_.endpoints[visit.plan].first_op;
    if (visit.failure != 0 && !is_first_work) [[unlikely]] {
      end_visit(index);
      return;
    }
    if (op.kind == Op::Kind::kEnd) {
      end_visit(index);
      return;
    }
    ++visit.op;
    switch (op.kind) {
      case Op::Kind::kEnd:
        return;
      case Op::Kind::kWork: {
        const Duration work = op.time.sample(instance.work_rng);
        if (work > Duration::zero()) {
          start_work(index, work);
          return;
        }
        break;
      }
      case Op::Kind::kWait: {
        const Duration wait = op.time.sample(instance.work_rng);
        if (wait > Duration::zero()) {
          start_wait(index, wait);
          return;
        }
        break;
      }
      case Op::Kind::kCall:
        if (instance.choice_rng.chance_ppm(op.probability_ppm)) {
          begin_call(index, op);
          return;
        }
        break;
      case Op::Kind::kParallel:
        start_parallel(index, op);
        return;
    }
  }
}

void Simulator::start_parallel(std::uint32_t index, const Op& op) {
  visits_[index].pending = op.branch_count;
  if (op.branch_count == 0) {
    run_visit(index);
    return;
  }
  const VisitId id = id_of(index);
  for (std::uint32_t b = 0; b < op.branch_count; ++b) {
    if (!visits_.contains(VisitMap::Handle::unpack(id)) || visits_[index].pending == 0) {
      return;  // an earlier branch has failed already
    }
    Visit branch;
    const Visit& parent = visits_[index];
    branch.is_branch = true;
    branch.state = Visit::State::kRunning;
    branch.instance = parent.instance;
    branch.instance_generation = parent.instance_generation;
    branch.headers = parent.headers;
    branch.plan = parent.plan;
    branch.loop = parent.loop;
    branch.parent = id;
    branch.op = plans_.branches[op.first_branch + b];
    const VisitMap::Handle handle = visits_.insert(branch);
    run_visit(handle.slot);
  }
}

void Simulator::end_branch(std::uint32_t index) {
  const std::uint32_t parent = VisitMap::Handle::unpack(visits_[index].parent).slot;
  const std::uint16_t failure = visits_[index].failure;
  const bool is_alone = is_orphan(visits_[index]);
  free_visit(index);
  if (is_alone) {
    return;
  }
  Visit& step = visits_[parent];
  --step.pending;
  if (failure != 0) {
    step.failure = failure;
    step.pending = 0;  // the step ends with the first failure; the others are on their own
  }
  if (step.pending == 0) {
    run_visit(parent);
  }
}

/// A branch whose step has ended without it.
bool Simulator::is_orphan(const Visit& visit) const {
  if (!visit.is_branch) [[likely]] {
    return false;
  }
  const Visit* const parent = visits_.find(VisitMap::Handle::unpack(visit.parent));
  return parent == nullptr || parent->pending == 0;
}

void Simulator::end_visit(std::uint32_t index) {
  Visit& visit = visits_[index];
  if (visit.is_branch) {
    end_branch(index);
    return;
  }
  visit.status = visit.failure == 0 ? std::uint16_t{200} : visit.failure;
  const bool is_wanted = !visit.cancelled;
  leave(instances_[visit.instance], index);
  if (is_wanted) {
    answer(index);
  } else {
    free_visit(index);
  }
}

void Simulator::answer(std::uint32_t index) {
  Visit& visit = visits_[index];
  if (visit.local == 0) {
    send_response(id_of(index));
    return;
  }
  const proxy::AttemptId local = visit.local;
  visit.local = 0;
  visit.state = Visit::State::kAtProxy;
  proxy::ResponseHead head;
  head.status = visit.status;
  sidecar(visit.instance).on_response(now(), local, head);
}

/// Nobody waits any more. Runtimes that notice stop as soon as they can, the others work on.
void Simulator::cancel_visit(std::uint32_t index) {
  Visit& visit = visits_[index];
  visit.cancelled = true;
  visit.local = 0;
  if (visit.is_hanging) {
    recorder_.levels(instances_[visit.instance].place.service).inside.change(now(), -1);
    free_visit(index);
    return;
  }
  if (!instances_[visit.instance].runtime->cancel || visit.state != Visit::State::kRunning) {
    if (visit.state == Visit::State::kWaiting && instances_[visit.instance].runtime->cancel) {
      keep_wait(instances_[visit.instance], visit, true);
    }
    return;
  }
  // Its branches stop as well; what is at work ends its current step first.
  const VisitId id = id_of(index);
  for (std::size_t slot = 0; visits_[index].pending > 0 && slot < visits_.slot_count(); ++slot) {
    const VisitMap::Handle branch = visits_.handle_at(slot);
    if (branch.is_valid() && visits_[branch.slot].is_branch && visits_[branch.slot].parent == id &&
        !visits_[branch.slot].cancelled) {
      cancel_visit(branch.slot);
    }
    if (!visits_.contains(VisitMap::Handle::unpack(id))) {
      return;
    }
  }
  if (const CallId call = visits_[index].waiting_for; call != 0) {
    visits_[index].waiting_for = 0;
    abandon_call(call);
    const CallMap::Handle handle = CallMap::Handle::unpack(call);
    client_timers_.cancel(calls_.at(handle).timeout);
    calls_.erase(handle);
    end_visit(index);
  }
}

void Simulator::free_visit(std::uint32_t visit) { visits_.erase_slot(visit); }

void Simulator::keep_wait(const Instance& instance, const Visit& visit, bool gave_up) {
  if (options_.observe_queue_of == instance.place.service &&
      (options_.queue_figures & kQueueWaits) != 0) {
    queue_samples_.waits.push_back((now() - visit.arrived).count());
    queue_samples_.gave_up += gave_up ? 1 : 0;
  }
}

// ---- work -------------------------------------------------------------------------------------

void Simulator::start_work(std::uint32_t index, Duration work) {
  Visit& visit = visits_[index];
  Instance& instance = instances_[visit.instance];
  const std::uint32_t speed = instance.runtime->speed_ppm;
  if (speed != proxy::kPpmOne || instance.slow_ppm != proxy::kPpmOne) [[unlikely]] {
    const auto scaled = static_cast<proxy::Uint128>(static_cast<std::uint64_t>(work.count())) *
                        instance.slow_ppm / speed;
    work = Duration(static_cast<std::int64_t>(scaled));
  }
  if (instance.runtime->model != RuntimeModel::kEventLoop) {
    start_on_cpu(instance, index, work);
    return;
  }
  LoopState& loop = instance.loops[visit.loop];
  visit.work = work;
  if (loop.running == kNoVisit) {
    recorder_.levels(instance.place.service).busy.change(now(), 1);
    run_on_loop(instance, loop, index);
  } else {
    push(loop.ready, index);
    recorder_.levels(instance.place.service).waiting.change(now(), 1);
  }
}

void Simulator::run_on_loop(Instance& instance, LoopState& loop, std::uint32_t visit) {
  loop.running = visit;
  start_on_cpu(instance, visit, visits_[visit].work);
}

void Simulator::start_on_cpu(Instance& instance, std::uint32_t index, Duration work) {
  if (instance.cpu != nullptr) {
    if (instance.runtime->model == RuntimeModel::kShared &&
        instance.cpu->jobs() < instance.runtime->cpus) {
      recorder_.levels(instance.place.service).busy.change(now(), 1);
    }
    instance.cpu->add(now(), index, work);
    set_cpu_alarm(visits_[index].instance);
    return;
  }
  Visit& visit = visits_[index];
  visit.pause_mark = instance.paused_by(now());
  visit.began = now();
  kernel_.schedule(now() + work, {.kind = static_cast<std::uint8_t>(SimEvent::kWorkDone),
                                  .target = visit.instance,
                                  .arg = id_of(index)});
}

void Simulator::start_wait(std::uint32_t visit, Duration wait) {
  kernel_.schedule(now() + wait, {.kind = static_cast<std::uint8_t>(SimEvent::kWaitDone),
                                  .target = visits_[visit].instance,
                                  .arg = id_of(visit)});
}

void Simulator::on_wait_done(VisitId id) {
  if (visits_.contains(VisitMap::Handle::unpack(id))) {
    run_visit(VisitMap::Handle::unpack(id).slot);
  }
}

void Simulator::on_work_done(VisitId id) {
  const VisitMap::Handle handle = VisitMap::Handle::unpack(id);
  if (!visits_.contains(handle)) {
    return;
  }
  Visit& visit = visits_[handle.slot];
  Instance& instance = instances_[visit.instance];
  if (const Duration paused = instance.paused_total - visit.pause_mark; paused > Duration::zero()) {
    // A pause that is under way moves the end again when it is reached.
    visit.pause_mark = instance.paused_total;
    kernel_.schedule(now() + paused, {.kind = static_cast<std::uint8_t>(SimEvent::kWorkDone),
                                      .target = visit.instance,
                                      .arg = id});
    return;
  }
  if (instance.pauses > 0) {
    visit.work = now() - std::max(instance.paused_at, visit.began);
    push(instance.frozen, handle.slot);
    return;
  }
  work_ended(handle.slot);
}

void Simulator::work_ended(std::uint32_t index) {
  Instance& instance = instances_[visits_[index].instance];
  if (instance.runtime->model == RuntimeModel::kEventLoop) {
    // The loop takes the next one that was ready before this one asks for more.
    LoopState& loop = instance.loops[visits_[index].loop];
    if (loop.ready.length > 0) {
      recorder_.levels(instance.place.service).waiting.change(now(), -1);
      run_on_loop(instance, loop, pop(loop.ready));
    } else {
      loop.running = kNoVisit;
      recorder_.levels(instance.place.service).busy.change(now(), -1);
    }
  }
  run_visit(index);
}

void Simulator::on_cpu_alarm(std::uint32_t index, std::uint16_t alarm) {
  Instance& instance = instances_[index];
  if (alarm != instance.cpu_alarm) {
    return;
  }
  instance.cpu_alarm_at = proxy::kNever;
  std::uint32_t visit = 0;
  while (instance.cpu->take_ended(now(), visit)) {
    if (instance.runtime->model == RuntimeModel::kShared &&
        instance.cpu->jobs() < instance.runtime->cpus) {
      recorder_.levels(instance.place.service).busy.change(now(), -1);
    }
    work_ended(visit);
  }
  set_cpu_alarm(index);
}

void Simulator::set_cpu_alarm(std::uint32_t index) {
  Instance& instance = instances_[index];
  const Instant at = instance.cpu->next_end(now());
  if (at == instance.cpu_alarm_at) {
    return;
  }
  ++instance.cpu_alarm;
  instance.cpu_alarm_at = at;
  if (at != proxy::kNever) {
    kernel_.schedule(at, {.kind = static_cast<std::uint8_t>(SimEvent::kCpuAlarm),
                          .small = instance.cpu_alarm,
                          .target = index});
  }
}

// ---- queues -----------------------------------------------------------------------------------

void Simulator::push(VisitQueue& queue, std::uint32_t visit) {
  visits_[visit].next = kNoVisit;
  (queue.last == kNoVisit ? queue.first : visits_[queue.last].next) = visit;
  queue.last = visit;
  ++queue.length;
}

std::uint32_t Simulator::pop(VisitQueue& queue) {
  const std::uint32_t visit = queue.first;
  queue.first = visits_[visit].next;
  if (queue.first == kNoVisit) {
    queue.last = kNoVisit;
  }
  --queue.length;
  return visit;
}

}  // namespace shaketable::engine
