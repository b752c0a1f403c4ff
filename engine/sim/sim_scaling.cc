#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "engine/sim/simulator_inl.h"

/// Instances that come and go: autoscalers, and faults that set how many there are.
namespace shaketable::engine {
namespace {

/// "93 %", as far as an autoscaler is concerned.
std::string percent(std::uint64_t ppm) { return std::to_string((ppm + 5'000) / 10'000) + " %"; }

}  // namespace

void Simulator::start_autoscalers() {
  const std::vector<Service>& services = scenario_.mesh.services;
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    if (services[s].autoscale) {
      scaled_[s] = std::make_unique<ScaledService>(*services[s].autoscale);
      scaled_[s]->capacity.change(now(), static_cast<std::int64_t>(recorder_.levels(s).capacity));
      kernel_.schedule(now() + services[s].autoscale->interval,
                       {.kind = static_cast<std::uint8_t>(SimEvent::kAutoscale), .target = s});
    }
  }
}

void Simulator::on_autoscale(ServiceIndex service) {
  const Autoscale& settings = *scenario_.mesh.services[service].autoscale;
  ScaledService& scaled = *scaled_[service];
  const std::uint64_t busy = recorder_.levels(service).busy.integral(now());
  const std::uint64_t capacity = scaled.capacity.integral(now());
  const std::uint64_t was_busy = busy - std::exchange(scaled.busy_before, busy);
  const std::uint64_t could_be = capacity - std::exchange(scaled.capacity_before, capacity);
  Autoscaler::Sample sample;
  for (const std::uint32_t i : of_service_[service]) {
    const Instance& instance = instances_[i];
    sample.starting += instance.membership == Membership::kStarting ? 1 : 0;
    sample.ready += instance.membership == Membership::kMember && instance.up ? 1 : 0;
  }
  sample.wanted = wanted_count(service, 0);
  sample.busy_ppm = could_be == 0
                        ? 0
                        : static_cast<std::uint64_t>(static_cast<proxy::Uint128>(was_busy) *
                                                     proxy::kPpmOne / could_be);
  scale(service, 0, scaled.scaler.decide(now(), sample),
        percent(sample.busy_ppm) + " busy, " + percent(settings.target_ppm) + " wanted", kNone);
  kernel_.schedule(now() + settings.interval,
                   {.kind = static_cast<std::uint8_t>(SimEvent::kAutoscale), .target = service});
}

/// Who is there, down or not, and who will be.
std::vector<std::uint32_t> Simulator::wanted_instances(ServiceIndex service,
                                                       VersionIndex version) const {
  std::vector<std::uint32_t> wanted;
  for (const std::uint32_t i : of_service_[service]) {
    const Membership membership = instances_[i].membership;
    if (instances_[i].place.version == version &&
        (membership == Membership::kMember || membership == Membership::kStarting)) {
      wanted.push_back(i);
    }
  }
  return wanted;
}

/// The same, but while they are replaced as many as there will be in the end.
std::uint32_t Simulator::wanted_count(ServiceIndex service, VersionIndex version) const {
  return is_rolling(service, version)
             ? rollouts_[service]->replicas
             : static_cast<std::uint32_t>(wanted_instances(service, version).size());
}

/// Who has not started yet goes first, then who is down, then the newest.
void Simulator::scale(ServiceIndex service, VersionIndex version, std::uint32_t wanted,
                      std::string why, std::uint32_t fault) {
  const std::uint32_t had = wanted_count(service, version);
  if (wanted == had) {
    return;
  }
  RunEvent event;
  event.at = now();
  event.kind = EventKind::kScaled;
  event.service = service;
  event.fault = fault;
  event.reason = std::to_string(had) + " -> " + std::to_string(wanted) + ": " + std::move(why);
  log_.add(std::move(event));
  if (is_rolling(service, version)) {
    resize_rollout(service, wanted);
    return;
  }
  if (wanted > had) {
    start_instances(service, version, wanted - had);
    return;
  }
  std::vector<std::uint32_t> those = wanted_instances(service, version);
  const auto rank = [&](std::uint32_t index) {
    const Instance& instance = instances_[index];
    return instance.membership == Membership::kStarting ? 0 : instance.up ? 2 : 1;
  };
  std::sort(those.begin(), those.end(), [&](std::uint32_t one, std::uint32_t other) {
    return rank(one) != rank(other) ? rank(one) < rank(other) : one > other;
  });
  for (std::uint32_t i = 0; i < had - wanted; ++i) {
    take_away_instance(those[i]);
  }
}

/// In the oldest places that are free, then in new ones. Returns those that start.
std::vector<std::uint32_t> Simulator::start_instances(ServiceIndex service, VersionIndex version,
                                                      std::uint32_t count) {
  std::vector<std::uint32_t> started;
  const std::vector<std::uint32_t> places = of_service_[service];
  for (const std::uint32_t i : places) {
    if (count > 0 && instances_[i].place.version == version &&
        instances_[i].membership == Membership::kGone && find_node(instances_[i])) {
      start_instance(i);
      started.push_back(i);
      --count;
    }
  }
  for (; count > 0; --count) {
    const std::uint32_t index =
        create_instance(service, version, static_cast<std::uint32_t>(of_service_[service].size()));
    instances_[index].up = false;
    schedule_gc_pause(index);
    if (!find_node(instances_[index])) {
      instances_[index].membership = Membership::kGone;
      break;  // No machine is left: it stays pending.
    }
    start_instance(index);
    started.push_back(index);
  }
  return started;
}

void Simulator::start_instance(std::uint32_t index) {
  Instance& instance = instances_[index];
  instance.membership = Membership::kStarting;
  kernel_.schedule(now() + scenario_.mesh.services[instance.place.service].start_delay,
                   {.kind = static_cast<std::uint8_t>(SimEvent::kReady),
                    .small = ++instance.generation,
                    .target = index});
}

/// As Kubernetes ends a pod: no longer an endpoint from now on, and so for sidecars once they learn
/// it; it answers until its grace period is over, but counts no more.
void Simulator::take_away_instance(std::uint32_t index) {
  Instance& instance = instances_[index];
  ++instance.generation;
  if (!instance.up) {
    instance.membership = Membership::kGone;
    return;
  }
  instance.membership = Membership::kLeaving;
  change_capacity(instance, false);
  const Service& service = scenario_.mesh.services[instance.place.service];
  announce(index, false);
  kernel_.schedule(now() + service.termination_grace_period,
                   {.kind = static_cast<std::uint8_t>(SimEvent::kGone),
                    .small = instance.generation,
                    .target = index});
}

void Simulator::on_ready(std::uint32_t index, std::uint16_t generation) {
  Instance& instance = instances_[index];
  if (instance.generation != generation) {
    return;  // Not wanted any more.
  }
  instance.membership = Membership::kMember;
  pushed_to_[index] = push_order_.empty() ? kNone : push_order_.back();
  join_faults(index);
  join_clock_skews(index);
  restart(index, "started");
}

void Simulator::on_gone(std::uint32_t index, std::uint16_t generation) {
  Instance& instance = instances_[index];
  if (instance.generation != generation) {
    return;
  }
  instance.membership = Membership::kGone;
  if (instance.up) {
    end_instance(index);
  }
}

/// What hits the whole of a service hits who comes later, too.
void Simulator::join_faults(std::uint32_t index) {
  for (std::uint32_t f = 0; f < faults_.size(); ++f) {
    const Fault& fault = faults_[f];
    const bool is_slow = fault.kind == FaultKind::kSlow;
    const bool is_of_requests =
        fault.kind == FaultKind::kDelay || fault.kind == FaultKind::kAbort ||
        fault.kind == FaultKind::kReset || fault.kind == FaultKind::kBlackhole ||
        (fault.kind == FaultKind::kLeak && fault.bytes != 0 && fault.instances == 0);
    if (!fault_active_[f] || !(is_of_requests || (is_slow && fault.instances == 0))) {
      continue;
    }
    std::vector<std::uint32_t>& targets = fault_targets_[f];
    if (!hits(fault, index) || std::find(targets.begin(), targets.end(), index) != targets.end()) {
      continue;
    }
    targets.push_back(index);
    if (is_slow) {
      set_slow(index);
    } else {
      instances_[index].faults.push_back(f);
      instances_[index].set(kQuirkFaults, true);
    }
  }
}

void Simulator::start_scale_fault(std::uint32_t index) {
  const Fault& fault = faults_[index];
  const VersionIndex version = fault.target.version == kNone ? 0 : fault.target.version;
  scaled_from_[index] = wanted_count(fault.target.service, version);
  scale(fault.target.service, version, fault.instances, fault.name, index);
}

void Simulator::stop_scale_fault(std::uint32_t index) {
  const Fault& fault = faults_[index];
  const VersionIndex version = fault.target.version == kNone ? 0 : fault.target.version;
  scale(fault.target.service, version, scaled_from_[index], "end of " + fault.name, index);
}

}  // namespace shaketable::engine
