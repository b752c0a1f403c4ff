#include <algorithm>
#include <utility>

#include "engine/sim/simulator.h"

/// Who serves a service, as others know it: sidecars by discovery, everybody else by name.
namespace shaketable::engine {

/// The longest delay of the faults that are active, or the network's.
Duration Simulator::discovery_delay(ServiceIndex service) const {
  Duration longest{0};
  bool is_slow = false;
  for (std::uint32_t f = 0; f < faults_.size(); ++f) {
    const Fault& fault = faults_[f];
    if (fault_active_[f] && fault.kind == FaultKind::kDiscoveryDelay &&
        (fault.target.service == kNone || fault.target.service == service)) {
      longest = std::max(longest, fault.amount);
      is_slow = true;
    }
  }
  return is_slow ? longest : scenario_.mesh.network.discovery_delay;
}

void Simulator::announce(std::uint32_t index, bool serves) {
  announce(index, serves, discovery_delay(service_of_[index]));
}

void Simulator::announce(std::uint32_t index, bool serves, Duration delay) {
  const ServiceIndex service = service_of_[index];
  announced_[service].push_back({now() + delay, index, serves});
  kernel_.schedule(now() + delay,
                   {.kind = static_cast<std::uint8_t>(SimEvent::kDiscovery), .target = service});
}

/// Everybody learns what is due. What is known of an instance is its latest change: an older one
/// that took longer says nothing any more.
void Simulator::on_discovery(ServiceIndex service) {
  std::vector<Announcement>& announced = announced_[service];
  bool has_news = false;
  for (std::size_t i = announced.size(); i-- > 0;) {
    const Announcement news = announced[i];
    if (news.instance == kNone || news.due > now()) {
      continue;
    }
    instances_[news.instance].is_known = news.serves;
    has_news = true;
    for (std::size_t older = 0; older <= i; ++older) {
      if (announced[older].instance == news.instance) {
        announced[older].instance = kNone;
      }
    }
  }
  if (!has_news) {
    return;
  }
  std::erase_if(announced, [](const Announcement& news) { return news.instance == kNone; });
  up_[service].clear();
  for (const std::uint32_t i : of_service_[service]) {
    if (instances_[i].is_known) {
      up_[service].push_back(i);
    }
  }
  resolve(service);
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

/// Who asks for names gets what is known, unless a fault keeps old answers alive.
void Simulator::resolve(ServiceIndex service) {
  for (std::uint32_t f = 0; f < faults_.size(); ++f) {
    const ServiceIndex stale = faults_[f].target.service;
    if (fault_active_[f] && faults_[f].kind == FaultKind::kDnsStale &&
        (stale == kNone || stale == service)) {
      return;
    }
  }
  resolved_[service] = up_[service];
}

/// Discovery is as fast as usual again: what is under way is not later than what would begin now.
void Simulator::hurry_discovery(ServiceIndex service) {
  const Instant soon = now() + discovery_delay(service);
  bool is_late = false;
  for (Announcement& news : announced_[service]) {
    is_late = is_late || news.due > soon;
    news.due = std::min(news.due, soon);
  }
  if (is_late) {
    kernel_.schedule(soon,
                     {.kind = static_cast<std::uint8_t>(SimEvent::kDiscovery), .target = service});
  }
}

}  // namespace shaketable::engine
