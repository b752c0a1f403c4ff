#include <algorithm>
#include <utility>

#include "engine/sim/simulator_inl.h"
#include "proxy/telemetry/response_flags.h"

/// Applications: who gets in, who goes on, and how requests walk through their programs.
namespace shaketable::engine {

// ---- admission --------------------------------------------------------------------------------

/// Takes a place in an instance without a pool of workers; false if the request was refused.
bool Simulator::take_place(Visit& visit, Instance& instance) {
  const std::uint32_t most = instance.runtime->max_in_flight;
  if (most != 0 && instance.busy >= most) {
    refuse(visit);
    return false;
  }
  if (instance.model == RuntimeModel::kEventLoop) {
    const auto loop = std::min_element(
        instance.loops.begin(), instance.loops.end(),
        [](const LoopState& a, const LoopState& b) { return a.assigned < b.assigned; });
    ++loop->assigned;
    visit.loop = static_cast<std::uint32_t>(loop - instance.loops.begin());
  }
  return true;
}

void Simulator::refuse(Visit& visit) {
  const Instance& instance = instances_[visit.instance];
  log_.on_queue_full(now(), instance.place.service, instance.place.number);
  trace_note(visit, NoteRow::Kind::kQueueFull);
  visit.status = 503;
  if (!instance.runtime->refuse_connection) {
    answer(visit);
    return;
  }
  if (instance.has_sidecar) {
    const proxy::AttemptId local = std::exchange(visit.local, 0);
    visit.state = Visit::State::kAtProxy;  // the application never had it
    sidecar(visit.instance).on_upstream_reset(now(), local, proxy::ResetReason::kConnectFailure);
    return;
  }
  visit.was_reset = true;
  visit.set_response_flags(proxy::kFlagUpstreamConnectionFailure);
  send_response(visit);
}

/// A request that a fault delays, or that finds its answer in the cache.
void Simulator::begin_unusually(Visit& visit, Instance& instance, bool is_hit) {
  if (is_hit && instance.is_cold && is_lost_from_cache(visit, instance)) {
    is_hit = false;
    if (!visit.is_delayed) {
      run_visit(visit);
      return;
    }
  }
  Duration time{0};
  if (is_hit) {
    visit.op = kEndOp;
    visit.failure = 0;
    time =
        plans_.endpoints[instance.plan_of(visit.endpoint)].cache_hit_time.sample(instance.work_rng);
  }
  if (visit.is_delayed) {
    visit.is_delayed = false;
    start_wait(visit, visit.work + time);
  } else {
    start_work(visit, instance, time);
  }
}

/// What else is to be done when a request gives up its place.
void Simulator::leave_unusually(const Visit& visit, Instance& instance) {
  if (instance.is_observed && (options_.queue_figures & kQueueEnds) != 0) {
    queue_samples_.ends.push_back((now() - Instant{}).count());
  }
  if (instance.model == RuntimeModel::kEventLoop) {
    --instance.loops[visit.loop].assigned;
  }
}

/// Gives a worker that became free to the first in the queue who still wants it.
void Simulator::let_next_in(Instance& instance) {
  ServiceLevels& levels = recorder_.levels(instance.place.service);
  if (instance.owed > 0) {  // A leak takes it first.
    --instance.owed;
    ++instance.leaked;
    ++instance.busy;
    levels.busy.add(now());
    return;
  }
  while (instance.waiting.length > 0) {
    Visit& next = pop(instance.waiting);
    levels.waiting.remove(now());
    if (next.cancelled && instance.stops_cancelled) {
      levels.inside.remove(now());
      free_visit(next);
      continue;
    }
    ++instance.busy;
    levels.busy.add(now());
    // A request without any work ends inside this call and lets the next one in: a long queue of
    // such requests goes on by an event now and then, not ever deeper on the stack.
    if (beginning_ >= kMostNested) {
      kernel_.schedule(now(), {.kind = static_cast<std::uint8_t>(SimEvent::kBegin),
                               .target = next.instance,
                               .arg = next.id});
      return;
    }
    ++beginning_;
    begin_execution(next, instance);
    --beginning_;
    return;
  }
}

void Simulator::keep_found(const Instance& instance) {
  if ((options_.queue_figures & kQueueFound) != 0) {
    queue_samples_.found.push_back(instance.busy + instance.waiting.length);
  }
}

void Simulator::keep_wait(const Instance& instance, const Visit& visit, bool gave_up) {
  if (instance.is_observed && (options_.queue_figures & kQueueWaits) != 0) {
    queue_samples_.waits.push_back((now() - visit.arrived).count());
    queue_samples_.gave_up += gave_up ? 1 : 0;
  }
}

// ---- programs ---------------------------------------------------------------------------------

/// Goes on with the visit's program until it works, waits or ends.
void Simulator::run_visit(Visit& visit) {
  Instance& instance = instances_[visit.instance];
  if (instance.has(kQuirkPauses) && instance.pauses > 0) [[unlikely]] {
    push(instance.held, visit);
    return;
  }
  for (;;) {
    const Op& op = plans_.ops[visit.op];
    const bool is_usual = !(visit.cancelled | visit.is_branch) && visit.failure == 0;
    if (!is_usual && stops_here(visit, instance)) [[unlikely]] {
      end_visit(visit, instance);
      return;
    }
    switch (op.kind) {
      case Op::Kind::kEnd:
        end_visit(visit, instance);
        return;
      case Op::Kind::kWork: {
        ++visit.op;
        const Duration work = op.time.sample(instance.work_rng);
        if (work > Duration::zero()) [[likely]] {
          start_work(visit, instance, work);
          return;
        }
        break;
      }
      case Op::Kind::kWait: {
        ++visit.op;
        const Duration wait = op.time.sample(instance.work_rng);
        if (wait > Duration::zero()) {
          start_wait(visit, wait);
          return;
        }
        break;
      }
      case Op::Kind::kCall:
        ++visit.op;
        if (instance.choice_rng.chance_ppm(op.probability_ppm)) [[likely]] {
          begin_call(visit, op);
          return;
        }
        break;
      case Op::Kind::kParallel:
        ++visit.op;
        start_parallel(visit, op);
        return;
    }
  }
}

/// Whether a visit that was cancelled, has failed or is a branch ends before its next step.
bool Simulator::stops_here(Visit& visit, const Instance& instance) {
  if (instance.stops_cancelled && (visit.cancelled || is_orphan(visit))) {
    return true;
  }
  if (visit.failure == 0) {
    return false;
  }
  // A request that will fail by itself does so after its first work.
  return plans_.ops[visit.op].kind != Op::Kind::kWork || visit.is_branch ||
         visit.op != plans_.endpoints[instance.plan_of(visit.endpoint)].first_op;
}

void Simulator::start_parallel(Visit& visit, const Op& op) {
  visit.pending = op.branch_count;
  visit.is_parallel = true;
  visit.callee = kNoVisit;
  if (op.branch_count == 0) {
    run_visit(visit);
    return;
  }
  const VisitId id = visit.id;
  for (std::uint32_t b = 0; b < op.branch_count; ++b) {
    if (visit.id != id || visit.pending == 0) {
      return;  // an earlier branch has failed already
    }
    Visit& branch = visits_.emplace();
    branch.reset();
    branch.is_branch = true;
    branch.state = Visit::State::kRunning;
    branch.instance = visit.instance;
    branch.endpoint = visit.endpoint;
    branch.headers = visit.headers;
    branch.loop = visit.loop;
    branch.origin = id;
    link_branch(visit, branch);
    branch.op = plans_.branches[op.first_branch + b];
    if (is_tracing_) {
      tracer_.share_hop(branch, visit);
    }
    run_visit(branch);
  }
}

void Simulator::end_branch(Visit& branch) {
  Visit& step = visits_.at_slot(static_cast<std::uint32_t>(branch.parent()));
  const std::uint16_t failure = branch.failure;
  if (is_orphan(branch)) {
    free_visit(branch);
    return;
  }
  unlink_branch(step, branch);
  free_visit(branch);
  --step.pending;
  if (failure != 0) {
    step.failure = failure;
    step.pending = 0;  // the step ends with the first failure; the others are on their own
  }
  if (step.pending == 0) {
    run_visit(step);
  }
}

/// Makes a branch the newest of those of its step that are under way.
void Simulator::link_branch(Visit& step, Visit& branch) {
  const auto older = static_cast<std::uint32_t>(step.callee);
  branch.flags = older;
  branch.stream = kNoVisit;
  if (older != kNoVisit) {
    visits_.at_slot(older).stream = branch.slot();
  }
  step.callee = branch.slot();
}

/// Takes a branch out of the list of its step.
void Simulator::unlink_branch(Visit& step, const Visit& branch) {
  const std::uint32_t older = branch.flags;
  const proxy::StreamId newer = branch.stream;
  if (newer == kNoVisit) {
    step.callee = older;
  } else {
    visits_.at_slot(static_cast<std::uint32_t>(newer)).flags = older;
  }
  if (older != kNoVisit) {
    visits_.at_slot(older).stream = newer;
  }
}

/// A branch whose step has ended without it.
bool Simulator::is_orphan(const Visit& visit) {
  if (!visit.is_branch) {
    return false;
  }
  const Visit* const parent = visits_.find(visit.parent());
  return parent == nullptr || parent->pending == 0;
}

/// Nobody waits any more. Runtimes that notice stop as soon as they can, the others work on.
void Simulator::cancel_visit(Visit& visit) {
  Instance& instance = instances_[visit.instance];
  visit.cancelled = true;
  visit.local = 0;
  if (visit.is_hanging) {
    recorder_.levels(instance.place.service).inside.remove(now());
    free_visit(visit);
    return;
  }
  if (!instance.stops_cancelled || visit.state != Visit::State::kRunning) {
    if (visit.state == Visit::State::kWaiting && instance.stops_cancelled) {
      keep_wait(instance, visit, true);
    }
    return;
  }
  // Its branches stop as well; what is at work ends its current step first.
  const VisitId id = visit.id;
  if (visit.is_parallel && visit.pending > 0) {
    cancel_branches(visit);
  }
  if (visit.id == id && visit.is_calling) {
    abandon_call(visit);
    client_timers_.cancel(visit.timeout);
    trace_abandoned(visit);
    forget_call(visit);
    end_visit(visit, instance);
  }
}

/// Each branch that ends at once takes itself out of the list; with the last one the step ends, and
/// its visit with it.
void Simulator::cancel_branches(Visit& visit) {
  const VisitId id = visit.id;
  auto slot = static_cast<std::uint32_t>(visit.callee);
  while (visit.id == id && visit.pending > 0 && slot != kNoVisit) {
    Visit& branch = visits_.at_slot(slot);
    slot = branch.flags;
    if (!branch.cancelled) {
      cancel_visit(branch);
    }
  }
}

}  // namespace shaketable::engine
