#include <algorithm>
#include <utility>

#include "engine/sim/simulator.h"

/// Faults of the load and of the configuration: surges, config pushes.
namespace shaketable::engine {

namespace {

bool is_for(const Fault& surge, std::uint32_t load) {
  return surge.load == kNone || surge.load == load;
}

std::uint32_t scaled_by(std::uint32_t factor_ppm, std::uint32_t by_ppm) {
  const std::uint64_t product = std::uint64_t{factor_ppm} * by_ppm / proxy::kPpmOne;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(product, kNone));
}

}  // namespace

/// Several surges at once multiply.
void Simulator::set_load_factor(const Fault& fault) {
  for (std::uint32_t l = 0; l < generators_.size(); ++l) {
    if (!is_for(fault, l)) {
      continue;
    }
    std::uint32_t whole = proxy::kPpmOne;
    std::vector<std::uint32_t> journeys(scenario_.loads[l].journeys.size(), proxy::kPpmOne);
    for (std::uint32_t f = 0; f < faults_.size(); ++f) {
      if (fault_active_[f] && faults_[f].kind == FaultKind::kLoad && is_for(faults_[f], l)) {
        const std::uint32_t journey = faults_[f].journey;
        std::uint32_t& factor = journey < journeys.size() ? journeys[journey] : whole;
        factor = scaled_by(factor, faults_[f].factor_ppm);
      }
    }
    if (generators_[l].open != nullptr) {  // It has one journey.
      generators_[l].open->set_factor(now(), scaled_by(whole, journeys.front()));
    } else {
      generators_[l].users->set_factor(now(), whole, journeys);
    }
    wake_for_load(l);
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
