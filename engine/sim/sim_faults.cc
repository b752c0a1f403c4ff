#include <algorithm>
#include <utility>

#include "engine/sim/fault_ramp.h"
#include "engine/sim/simulator_inl.h"
#include "proxy/telemetry/response_flags.h"

/// What goes wrong when, and what of it hits requests.
namespace shaketable::engine {
namespace {

bool fits(std::uint32_t wanted, std::uint32_t actual) {
  return wanted == kNone || wanted == actual;
}

bool is_request_fault(FaultKind kind) {
  return kind == FaultKind::kDelay || kind == FaultKind::kAbort || kind == FaultKind::kReset ||
         kind == FaultKind::kBlackhole;
}

}  // namespace

Place place_of(const FaultTarget& target) {
  return {target.service, target.version, target.instance, target.zone};
}

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
  scaled_from_.push_back(0);
  pushed_.emplace_back();
  kernel_.schedule(journal_.back().at,
                   {.kind = static_cast<std::uint8_t>(SimEvent::kFault), .target = index});
}

void Simulator::on_fault(std::uint32_t index, bool starts) {
  const Fault& fault = faults_[index];
  if (starts == fault_active_[index]) {
    return;
  }
  if (recorder_.next_boundary() == now()) {  // What it does at once belongs to what begins now.
    log_.advance(now());
    recorder_.close_bucket(now());
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
    kernel_.schedule(now() + fault.length, {.kind = static_cast<std::uint8_t>(SimEvent::kFault),
                                            .flags = kFaultEnds,
                                            .target = index});
  }
  if (fault.ramp > Duration::zero()) {
    take_ramp_step(index, 0);
  }
  start_fault(index);
}

const Fault& Simulator::full_fault(std::uint32_t index) const {
  const std::size_t own = scenario_.faults.size();
  return index < own ? scenario_.faults[index] : journal_[index - own];
}

/// Gives the fault the size that it has from now on, until the next step.
void Simulator::take_ramp_step(std::uint32_t index, std::uint32_t step) {
  const Fault& full = full_fault(index);
  faults_[index] = fault_at_step(full, step);
  if (step < kRampSteps) {
    kernel_.schedule(proxy::after(full.at, ramp_step_begin(full.ramp, step + 1)),
                     {.kind = static_cast<std::uint8_t>(SimEvent::kFault),
                      .flags = kFaultRises,
                      .small = static_cast<std::uint16_t>(step + 1),
                      .target = index});
  }
}

void Simulator::on_fault_rises(std::uint32_t index, std::uint32_t step) {
  if (!fault_active_[index]) {
    return;
  }
  take_ramp_step(index, step);
  const Fault& fault = faults_[index];
  switch (fault.kind) {
    case FaultKind::kLoss:
      network_.set_loss(index, fault.ppm);
      return;
    case FaultKind::kSlow:
      for (const std::uint32_t instance : fault_targets_[index]) {
        set_slow(instance);
      }
      return;
    case FaultKind::kLoad:
      set_load_factor(fault);
      return;
    case FaultKind::kDelay:  // Requests look at the fault themselves.
    case FaultKind::kAbort:
    case FaultKind::kReset:
    case FaultKind::kBlackhole:
    case FaultKind::kPartition:
    case FaultKind::kKill:
    case FaultKind::kPause:
    case FaultKind::kConfigPush:
    case FaultKind::kScale:
    case FaultKind::kDeploy:
    case FaultKind::kNodeLoss:
    case FaultKind::kLeak:
    case FaultKind::kCacheFlush:
    case FaultKind::kBandwidth:
    case FaultKind::kDnsStale:
    case FaultKind::kDiscoveryDelay:
    case FaultKind::kCertExpire:
    case FaultKind::kClockSkew:
      return;
  }
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
        instances_[instance].set(kQuirkFaults, true);
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
        kill(instance, fault.restart_after, "killed");
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
    case FaultKind::kScale:
      start_scale_fault(index);
      return;
    case FaultKind::kDeploy:
      start_rollout(index);
      return;
    case FaultKind::kNodeLoss:
      lose_node(index);
      return;
    case FaultKind::kLeak:
      start_leak(index);
      return;
    case FaultKind::kCacheFlush:
      flush_caches(index);
      return;
    case FaultKind::kBandwidth:
      start_bandwidth(index);
      return;
    case FaultKind::kClockSkew:
      move_clocks(index, false);
      return;
    case FaultKind::kCertExpire:  // New connections look at the fault themselves.
      return;
    case FaultKind::kDnsStale:  // Those who look it up see the fault.
    case FaultKind::kDiscoveryDelay:
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
        instances_[instance].set(kQuirkFaults, !instances_[instance].faults.empty());
      }
      return;
    case FaultKind::kPartition:
    case FaultKind::kLoss:
    case FaultKind::kBandwidth:
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
    case FaultKind::kScale:
      stop_scale_fault(index);
      return;
    case FaultKind::kNodeLoss:
      bring_node_back(index);
      return;
    case FaultKind::kLeak:
      stop_leak(index);
      return;
    case FaultKind::kCacheFlush:
      flush_caches(index);
      return;
    case FaultKind::kDnsStale:
      for (ServiceIndex s = 0; s < resolved_.size(); ++s) {
        resolve(s);
      }
      return;
    case FaultKind::kDiscoveryDelay:
      for (ServiceIndex s = 0; s < announced_.size(); ++s) {
        hurry_discovery(s);
      }
      return;
    case FaultKind::kClockSkew:
      move_clocks(index, true);
      return;
    case FaultKind::kDeploy:
      stop_rollout(index);
      return;
    case FaultKind::kCertExpire:  // New connections look at the fault themselves.
    case FaultKind::kKill:        // comes back by restart_after
      return;
  }
}

/// Instances that the fault hits, ascending; the first `instances` of them if it says how many.
std::vector<std::uint32_t> Simulator::targets_of(const Fault& fault) const {
  std::vector<std::uint32_t> targets;
  if (fault.kind == FaultKind::kPartition || fault.kind == FaultKind::kLoss ||
      fault.kind == FaultKind::kScale || fault.kind == FaultKind::kDeploy) {
    return targets;
  }
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    if (hits(fault, i)) {
      targets.push_back(i);
    }
  }
  if (fault.instances != 0 && !is_request_fault(fault.kind) && targets.size() > fault.instances) {
    targets.resize(fault.instances);
  }
  return targets;
}

/// Whether the instance is one that the fault names, however many of them it takes.
bool Simulator::hits(const Fault& fault, std::uint32_t index) const {
  const Instance& instance = instances_[index];
  const FaultTarget& wanted = fault.target;
  return fits(wanted.service, instance.place.service) &&
         fits(wanted.version, instance.place.version) &&
         fits(wanted.instance, instance.place.number) && fits(wanted.zone, instance.place.zone) &&
         instance.membership != Membership::kGone &&
         (fault.kind != FaultKind::kKill || instance.up) &&
         (fault.kind != FaultKind::kNodeLoss || instance.node == fault.node);
}

/// Whether the caller that a fault names sent the request; clients are nobody with a name.
bool Simulator::is_from(const FaultTarget& caller, const Visit& visit) const {
  static constexpr Place kClients{kNone, kNone, kNone, kNone};
  const Place& place =
      visit.caller_instance == kNone ? kClients : instances_[visit.caller_instance].place;
  return fits(caller.service, place.service) && fits(caller.version, place.version) &&
         fits(caller.instance, place.number) && fits(caller.zone, place.zone);
}

/// False if the request was dealt with; `delay` grows by what it has to wait first.
bool Simulator::apply_request_faults(Visit& visit, Duration& delay) {
  Instance& instance = instances_[visit.instance];
  for (const std::uint32_t number : instance.faults) {
    const Fault& fault = faults_[number];
    const GlobalEndpoint endpoint = visit.endpoint - plans_.first_endpoint[instance.place.service];
    if (!fits(fault.target.endpoint, endpoint) || !is_from(fault.other, visit) ||
        !instance.choice_rng.chance_ppm(fault.ppm)) {
      continue;
    }
    if (fault.kind == FaultKind::kLeak) {  // It is not this request that suffers.
      lose_memory(instance, number);
      continue;
    }
    trace_note(visit, NoteRow::Kind::kFault, number);
    switch (fault.kind) {
      case FaultKind::kDelay:
        delay += fault.time.sample(instance.work_rng);
        break;
      case FaultKind::kAbort:
        visit.status = fault.status;
        visit.failure = fault.grpc_status;
        answer(visit);
        return false;
      case FaultKind::kReset: {
        visit.was_reset = true;
        visit.status = 503;
        visit.set_response_flags(proxy::kFlagUpstreamRemoteReset);
        if (visit.local == 0) {
          send_response(visit);
          return false;
        }
        const proxy::AttemptId local = std::exchange(visit.local, 0);
        visit.state = Visit::State::kAtProxy;
        sidecar(visit.instance).on_upstream_reset(now(), local, proxy::ResetReason::kRemoteReset);
        return false;
      }
      case FaultKind::kBlackhole:
        visit.is_hanging = true;
        recorder_.levels(instance.place.service).inside.add(now());
        return false;
      case FaultKind::kPartition:
      case FaultKind::kKill:
      case FaultKind::kPause:
      case FaultKind::kSlow:
      case FaultKind::kLoss:
      case FaultKind::kLoad:
      case FaultKind::kConfigPush:
      case FaultKind::kScale:
      case FaultKind::kDeploy:
      case FaultKind::kNodeLoss:
      case FaultKind::kLeak:
      case FaultKind::kCacheFlush:
      case FaultKind::kBandwidth:
      case FaultKind::kDnsStale:
      case FaultKind::kDiscoveryDelay:
      case FaultKind::kCertExpire:
      case FaultKind::kClockSkew:
        break;
    }
  }
  return true;
}

}  // namespace shaketable::engine
