#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "engine/sim/simulator.h"

/// Rolling updates, as a Deployment of Kubernetes makes them: new instances as far as `surge` lets
/// it, old ones go as far as `unavailable` lets them, and so on whenever one is ready.
namespace shaketable::engine {

void Simulator::start_rollout(std::uint32_t index) {
  const Fault& fault = faults_[index];
  const ServiceIndex service = fault.target.service;
  const VersionIndex from = fault.target.version == kNone ? 0 : fault.target.version;
  auto rollout = std::make_unique<Rollout>();
  rollout->fault = index;
  rollout->from = from;
  rollout->to = fault.to == kNone ? from : fault.to;
  rollout->old = wanted_instances(service, from);
  rollout->replicas = wanted_count(service, from);
  rollouts_[service] = std::move(rollout);
  advance_rollout(service);
}

/// What has begun is brought to its end, nothing else begins.
void Simulator::stop_rollout(std::uint32_t index) {
  std::unique_ptr<Rollout>& rollout = rollouts_[faults_[index].target.service];
  if (rollout != nullptr && rollout->fault == index) {
    rollout.reset();
  }
}

/// Goes on as far as it can at this moment.
void Simulator::advance_rollout(ServiceIndex service) {
  if (rollouts_[service] == nullptr) {
    return;
  }
  Rollout& rollout = *rollouts_[service];
  const auto is_gone = [&](std::uint32_t index) {
    const Membership membership = instances_[index].membership;
    return membership == Membership::kLeaving || membership == Membership::kGone;
  };
  std::erase_if(rollout.old, is_gone);
  std::erase_if(rollout.fresh, is_gone);
  while (step_rollout(rollout)) {
  }
  const bool is_ready = std::all_of(
      rollout.fresh.begin(), rollout.fresh.end(),
      [&](std::uint32_t index) { return instances_[index].membership == Membership::kMember; });
  if (rollout.old.empty() && rollout.fresh.size() >= rollout.replicas && is_ready) {
    rollouts_[service].reset();
  }
}

/// Starts what may be started, then takes away what may go; false if that is nothing.
bool Simulator::step_rollout(Rollout& rollout) {
  const Fault& fault = faults_[rollout.fault];
  const RolloutStep step = rollout_step(fault, rollout.replicas);
  const auto there = static_cast<std::uint32_t>(rollout.old.size() + rollout.fresh.size());
  const auto come = static_cast<std::uint32_t>(rollout.fresh.size());
  const std::uint32_t most = rollout.replicas + step.surge;
  const std::uint32_t to_start = std::min(most > there ? most - there : 0,
                                          rollout.replicas > come ? rollout.replicas - come : 0);
  const std::vector<std::uint32_t> started =
      start_instances(fault.target.service, rollout.to, to_start);
  rollout.fresh.insert(rollout.fresh.end(), started.begin(), started.end());
  const auto is_up = [&](std::uint32_t index) { return instances_[index].up; };
  // Who does not serve is no loss.
  std::stable_partition(rollout.old.begin(), rollout.old.end(),
                        [&](std::uint32_t index) { return !is_up(index); });
  auto ready =
      static_cast<std::uint32_t>(std::count_if(rollout.old.begin(), rollout.old.end(), is_up) +
                                 std::count_if(rollout.fresh.begin(), rollout.fresh.end(), is_up));
  const std::uint32_t least = rollout.replicas - step.unavailable;
  std::size_t going = 0;
  while (going < rollout.old.size() && (!is_up(rollout.old[going]) || ready > least)) {
    ready -= is_up(rollout.old[going]) ? 1 : 0;
    take_away_instance(rollout.old[going++]);
  }
  rollout.old.erase(rollout.old.begin(), rollout.old.begin() + static_cast<std::ptrdiff_t>(going));
  return !started.empty() || going > 0;
}

/// Whether instances of the version make place for others of it.
bool Simulator::is_rolling(ServiceIndex service, VersionIndex version) const {
  const Rollout* const rollout = rollouts_[service].get();
  return rollout != nullptr && rollout->from == version && rollout->to == version;
}

/// Another number is wanted while it is under way.
void Simulator::resize_rollout(ServiceIndex service, std::uint32_t replicas) {
  Rollout& rollout = *rollouts_[service];
  rollout.replicas = replicas;
  while (rollout.fresh.size() > replicas) {
    take_away_instance(rollout.fresh.back());
    rollout.fresh.pop_back();
  }
  advance_rollout(service);
}

}  // namespace shaketable::engine
