#include <algorithm>
#include <utility>

#include "engine/sim/simulator.h"
#include "proxy/telemetry/response_flags.h"

/// What goes wrong, and how it is put right again.
namespace shaketable::engine {
namespace {

bool fits(std::uint32_t wanted, std::uint32_t actual) {
  return wanted == kNone || wanted == actual;
}

bool is_request_fault(FaultKind kind) {
  return kind == FaultKind::kDelay || kind == FaultKind::kAbort || kind == FaultKind::kReset ||
         kind == FaultKind::kBlackhole;
}

Place place_of(const FaultTarget& target) {
  return {target.service, target.version, target.instance, target.zone};
}

}  // namespace

// ---- schedule ---------------------------------------------------------------------------------

void Simulator::inject(const Fault& fault) {
  Fault journaled = fault;
  // At a moment of its own: in a replay the fault is scheduled before everything else, and would
  // come before what happens at the same time.
  journaled.at = now() + Duration(1);
  while (kernel_.next_at() == journaled.at) {
    journaled.at += Duration(1);
  }
  journal_.push_back(journaled);
  const auto index = static_cast<std::uint32_t>(faults_.size());
  faults_.push_back(std::move(journaled));
  fault_active_.push_back(false);
  fault_targets_.emplace_back();
  pushed_.emplace_back();
  kernel_.schedule(journal_.back().at,
                   {.kind = static_cast<std::uint8_t>(SimEvent::kFault), .target = index});
}

void Simulator::on_fault(std::uint32_t index, bool starts) {
  const Fault& fault = faults_[index];
  if (starts == fault_active_[index]) {
    return;
  }
  fault_active_[index] = starts;
  RunEvent event;
  event.at = now();
  event.kind = starts ? EventKind::kFaultStart : EventKind::kFaultEnd;
  event.service = fault.target.service;
  event.fault = index;
  event.reason = fault.name;
  log_.add(std::move(event));
  if (!starts) {
    stop_fault(index);
    return;
  }
  if (fault.length > Duration::zero()) {
    kernel_.schedule(
        now() + fault.length,
        {.kind = static_cast<std::uint8_t>(SimEvent::kFault), .flags = 1, .target = index});
  }
  start_fault(index);
}

void Simulator::start_fault(std::uint32_t index) {
  const Fault& fault = faults_[index];
  fault_targets_[index] = targets_of(fault);
  const std::vector<std::uint32_t> targets = fault_targets_[index];
  switch (fault.kind) {
    case FaultKind::kDelay:
    case FaultKind::kAbort:
    case FaultKind::kReset:
    case FaultKind::kBlackhole:
      for (const std::uint32_t instance : targets) {
        instances_[instance].faults.push_back(index);
      }
      return;
    case FaultKind::kPartition:
    case FaultKind::kLoss: {
      NetworkFault cut;
      cut.id = index;
      cut.one = place_of(fault.target);
      cut.other = place_of(fault.other);
      cut.one_way = fault.one_way;
      cut.loss_ppm = fault.kind == FaultKind::kPartition ? proxy::kPpmOne : fault.ppm;
      cut.until = fault.length > Duration::zero() ? now() + fault.length : proxy::kNever;
      network_.add(cut);
      return;
    }
    case FaultKind::kKill:
      for (const std::uint32_t instance : targets) {
        kill(instance, fault.restart_after);
      }
      return;
    case FaultKind::kPause:
      for (const std::uint32_t instance : targets) {
        pause_instance(instance);
      }
      return;
    case FaultKind::kSlow:
      for (const std::uint32_t instance : targets) {
        set_slow(instance);
      }
      return;
    case FaultKind::kLoad:
      set_load_factor(fault);
      return;
    case FaultKind::kConfigPush:
      push_config(index);
      return;
  }
}

void Simulator::stop_fault(std::uint32_t index) {
  const Fault& fault = faults_[index];
  const std::vector<std::uint32_t> targets = fault_targets_[index];
  switch (fault.kind) {
    case FaultKind::kDelay:
    case FaultKind::kAbort:
    case FaultKind::kReset:
    case FaultKind::kBlackhole:
      for (const std::uint32_t instance : targets) {
        std::erase(instances_[instance].faults, index);
      }
      return;
    case FaultKind::kPartition:
    case FaultKind::kLoss:
      network_.remove(index);
      return;
    case FaultKind::kPause:
      for (const std::uint32_t instance : targets) {
        resume_instance(instance);
      }
      return;
    case FaultKind::kSlow:
      for (const std::uint32_t instance : targets) {
        set_slow(instance);
      }
      return;
    case FaultKind::kLoad:
      set_load_factor(fault);
      return;
    case FaultKind::kConfigPush:
      push_config(index);  // what was there before
      return;
    case FaultKind::kKill:  // comes back by restart_after
      return;
  }
}

/// Instances that the fault hits, ascending; the first `instances` of them if it says how many.
std::vector<std::uint32_t> Simulator::targets_of(const Fault& fault) const {
  std::vector<std::uint32_t> targets;
  if (fault.kind == FaultKind::kPartition || fault.kind == FaultKind::kLoss) {
    return targets;
  }
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    const Place& place = instances_[i].place;
    const FaultTarget& wanted = fault.target;
    if (fits(wanted.service, place.service) && fits(wanted.version, place.version) &&
        fits(wanted.instance, place.number) && fits(wanted.zone, place.zone) &&
        (fault.kind != FaultKind::kKill || instances_[i].up)) {
      targets.push_back(i);
    }
  }
  if (fault.instances != 0 && !is_request_fault(fault.kind) && targets.size() > fault.instances) {
    targets.resize(fault.instances);
  }
  return targets;
}

// ---- requests ---------------------------------------------------------------------------------

/// False if the request was dealt with; `delay` grows by what it has to wait first.
bool Simulator::apply_request_faults(std::uint32_t index, Duration& delay) {
  Instance& instance = instances_[visits_[index].instance];
  for (const std::uint32_t number : instance.faults) {
    const Fault& fault = faults_[number];
    const GlobalEndpoint endpoint =
        visits_[index].endpoint - plans_.first_endpoint[instance.place.service];
    if (!fits(fault.target.endpoint, endpoint) || !instance.choice_rng.chance_ppm(fault.ppm)) {
      continue;
    }
    switch (fault.kind) {
      case FaultKind::kDelay:
        delay += fault.time.sample(instance.work_rng);
        break;
      case FaultKind::kAbort:
        visits_[index].status = fault.status;
        answer(index);
        return false;
      case FaultKind::kReset: {
        Visit& visit = visits_[index];
        visit.was_reset = true;
        visit.status = 503;
        visit.flags = proxy::kFlagUpstreamRemoteReset;
        if (visit.local == 0) {
          send_response(id_of(index));
          return false;
        }
        const proxy::AttemptId local = std::exchange(visit.local, 0);
        visit.state = Visit::State::kAtProxy;
        sidecar(visit.instance).on_upstream_reset(now(), local, proxy::ResetReason::kRemoteReset);
        return false;
      }
      case FaultKind::kBlackhole:
        visits_[index].is_hanging = true;
        recorder_.levels(instance.place.service).inside.change(now(), 1);
        return false;
      case FaultKind::kPartition:
      case FaultKind::kKill:
      case FaultKind::kPause:
      case FaultKind::kSlow:
      case FaultKind::kLoss:
      case FaultKind::kLoad:
      case FaultKind::kConfigPush:
        break;
    }
  }
  return true;
}

// ---- instances --------------------------------------------------------------------------------

void Simulator::kill(std::uint32_t index, Duration restart_after) {
  Instance& instance = instances_[index];
  if (!instance.up) {
    return;
  }
  instance.up = false;
  ++instance.generation;
  ServiceLevels& levels = recorder_.levels(instance.place.service);
  --levels.instances_up;
  levels.capacity -= capacity_of(*instance.runtime);
  drop_visits_of(index);
  if (sidecars_[index] != nullptr) {
    retired_draws_ += sidecars_[index]->draws();
    sidecars_[index].reset();
  }
  // Peers see their connections end as soon as the news reaches them.
  for (const ConnectionEnds& ends : connections_) {
    if (ends.id != 0 && ends.callee == index) {
      const Duration delay = link_delay(index, ends.caller);
      if (delay >= Duration::zero()) {
        kernel_.schedule(now() + delay,
                         {.kind = static_cast<std::uint8_t>(SimEvent::kConnectionClosed),
                          .target = ends.caller,
                          .arg = ends.id});
      }
    }
  }
  RunEvent event;
  event.at = now();
  event.kind = EventKind::kInstanceDown;
  event.service = instance.place.service;
  event.instance = instance.place.number;
  event.reason = "killed";
  log_.add(std::move(event));
  const Duration discovery = scenario_.mesh.network.discovery_delay;
  kernel_.schedule(now() + discovery, {.kind = static_cast<std::uint8_t>(SimEvent::kDiscovery),
                                       .target = instance.place.service});
  if (restart_after > Duration::zero()) {
    kernel_.schedule(now() + restart_after,
                     {.kind = static_cast<std::uint8_t>(SimEvent::kRestart), .target = index});
  }
}

/// Everything at or from a dead instance ends; who waits for it at the far end is told.
void Simulator::drop_visits_of(std::uint32_t index) {
  Instance& instance = instances_[index];
  for (std::size_t slot = 0; slot < calls_.slot_count(); ++slot) {
    const CallMap::Handle handle = calls_.handle_at(slot);
    if (handle.is_valid() && calls_[handle.slot].caller_instance == index) {
      client_timers_.cancel(calls_[handle.slot].timeout);
      calls_.erase(handle);
    }
  }
  std::int64_t hanging = 0;
  const std::size_t count = visits_.slot_count();
  for (std::size_t slot = 0; slot < count; ++slot) {
    const VisitMap::Handle handle = visits_.handle_at(slot);
    if (!handle.is_valid()) {
      continue;
    }
    const Visit& visit = visits_[handle.slot];
    const bool is_here = visit.instance == index && visit.state != Visit::State::kTravelling &&
                         visit.state != Visit::State::kAnswering;
    if (is_here) {
      const CallId direct = visit.attempt == 0 && !visit.is_branch ? visit.call : 0;
      const std::uint32_t caller = visit.caller_instance;
      hanging += visit.is_hanging ? 1 : 0;
      free_visit(handle.slot);
      if (direct != 0) {
        // A caller without a sidecar has no connection of ours to watch: it gets the reset.
        Visit reset;
        reset.state = Visit::State::kAnswering;
        reset.was_reset = true;
        reset.status = 503;
        reset.flags = proxy::kFlagUpstreamConnectionTermination;
        reset.call = direct;
        reset.instance = index;
        reset.caller_instance = caller;
        reset.caller_generation = caller == kNone ? 0 : instances_[caller].generation;
        send_message(SimEvent::kResponseArrives, visits_.insert(reset).packed(), index, caller,
                     now());
      }
    } else if (visit.caller_instance == index && visit.state != Visit::State::kAnswering) {
      send_message(SimEvent::kCancelArrives, handle.packed(), index, visit.instance, now());
    }
  }
  ServiceLevels& levels = recorder_.levels(instance.place.service);
  levels.waiting.change(now(), -static_cast<std::int64_t>(instance.waiting.length));
  std::int64_t inside = hanging + instance.busy + std::int64_t{instance.waiting.length};
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
  instance.busy = 0;
  instance.waiting = VisitQueue{};
  instance.frozen = VisitQueue{};
  instance.held = VisitQueue{};
  if (instance.cpu != nullptr) {
    instance.cpu->clear(now());
    ++instance.cpu_alarm;
    instance.cpu_alarm_at = proxy::kNever;
  }
}

void Simulator::restart(std::uint32_t index) {
  Instance& instance = instances_[index];
  if (instance.up) {
    return;
  }
  instance.up = true;
  if (instance.pauses > 0 && instance.cpu != nullptr) {
    instance.cpu->stop(now());
  }
  ServiceLevels& levels = recorder_.levels(instance.place.service);
  ++levels.instances_up;
  levels.capacity += capacity_of(*instance.runtime);
  RunEvent event;
  event.at = now();
  event.kind = EventKind::kInstanceUp;
  event.service = instance.place.service;
  event.instance = instance.place.number;
  event.reason = "restarted";
  log_.add(std::move(event));
  kernel_.schedule(
      now() + scenario_.mesh.network.discovery_delay,
      {.kind = static_cast<std::uint8_t>(SimEvent::kDiscovery), .target = instance.place.service});
}

void Simulator::on_discovery(ServiceIndex service) {
  const std::uint32_t first = first_instance_[service];
  const std::uint32_t last = service + 1 < first_instance_.size()
                                 ? first_instance_[service + 1]
                                 : static_cast<std::uint32_t>(instances_.size());
  up_[service].clear();
  for (std::uint32_t i = first; i < last; ++i) {
    if (instances_[i].up) {
      up_[service].push_back(i);
    }
  }
  const auto update = [&](std::vector<Workload>& workloads) {
    for (Workload& workload : workloads) {
      for (std::uint32_t c = 0; c < workload.bindings.size(); ++c) {
        if (workload.bindings[c].service == service) {
          workload.config->set_hosts(c, hosts_of(workload.bindings[c]));
        }
      }
    }
  };
  update(workloads_);
  for (std::vector<Workload>& pushed : pushed_) {
    update(pushed);
  }
}

void Simulator::pause_instance(std::uint32_t index) {
  Instance& instance = instances_[index];
  if (++instance.pauses > 1) {
    return;
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
    const std::uint32_t visit = pop(instance.frozen);
    visits_[visit].pause_mark = instance.paused_total;
    kernel_.schedule(now() + visits_[visit].work,
                     {.kind = static_cast<std::uint8_t>(SimEvent::kWorkDone),
                      .target = index,
                      .arg = id_of(visit)});
  }
  while (instance.held.length > 0) {
    const std::uint32_t visit = pop(instance.held);
    start_wait(visit, Duration::zero());
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
  instances_[index].slow_ppm = static_cast<std::uint32_t>(slow);
}

// ---- load and configuration -------------------------------------------------------------------

/// Several surges at once multiply.
void Simulator::set_load_factor(const Fault& fault) {
  for (std::uint32_t l = 0; l < generators_.size(); ++l) {
    if (!fits(fault.load, l)) {
      continue;
    }
    std::uint64_t product = proxy::kPpmOne;
    for (std::uint32_t f = 0; f < faults_.size(); ++f) {
      if (fault_active_[f] && faults_[f].kind == FaultKind::kLoad && fits(faults_[f].load, l)) {
        product = std::min<std::uint64_t>(product * faults_[f].factor_ppm / proxy::kPpmOne, kNone);
      }
    }
    const auto factor = static_cast<std::uint32_t>(product);
    if (generators_[l].open != nullptr) {
      generators_[l].open->set_factor(now(), factor);
    } else {
      generators_[l].closed->set_factor(now(), factor);
    }
    want_load(l);
  }
}

void Simulator::push_config(std::uint32_t index) {
  Mesh mesh = scenario_.mesh;
  std::erase(push_order_, index);
  push_order_.push_back(index);
  // Pushes are cumulative: earlier ones stay unless this one says otherwise, or they have ended.
  for (const std::uint32_t f : push_order_) {
    if (!fault_active_[f]) {
      continue;
    }
    for (const DestinationPolicy& policy : faults_[f].policies) {
      const auto same = std::find_if(
          mesh.policies.begin(), mesh.policies.end(), [&](const DestinationPolicy& known) {
            return known.service == policy.service && known.from == policy.from;
          });
      if (same != mesh.policies.end()) {
        *same = policy;
      } else {
        mesh.policies.push_back(policy);
      }
    }
  }
  pushed_[index] = compile_workloads(mesh);
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    if (!instances_[i].has_sidecar) {
      continue;
    }
    const Duration delay = faults_[index].time.sample(instances_[i].network_rng);
    kernel_.schedule(
        now() + delay,
        {.kind = static_cast<std::uint8_t>(SimEvent::kConfigArrives), .target = i, .arg = index});
  }
  RunEvent event;
  event.at = now();
  event.kind = EventKind::kConfigPush;
  event.fault = index;
  event.reason = faults_[index].name;
  log_.add(std::move(event));
}

void Simulator::on_config_arrives(std::uint32_t instance, std::uint32_t fault) {
  // A slow push does not take back a later one that was faster.
  const auto had = std::find(push_order_.begin(), push_order_.end(), pushed_to_[instance]);
  if (std::find(push_order_.begin(), push_order_.end(), fault) < had && had != push_order_.end()) {
    return;
  }
  pushed_to_[instance] = fault;
  if (sidecars_[instance] != nullptr) {
    const ServiceIndex service = instances_[instance].place.service;
    sidecars_[instance]->on_config(now(), pushed_[fault][service].config);
  }
}

}  // namespace shaketable::engine
