#include "proxy/live/faults.h"

#include <algorithm>

namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kMaxFaults = 1'000;

/// The host of Envoy's name for a cluster of a mesh, `outbound|80|v1|cart.default.svc...`; empty
/// for any other name.
std::string_view host_of_cluster(std::string_view cluster) {
  const std::size_t bar = cluster.rfind('|');
  return bar == std::string_view::npos ? std::string_view() : cluster.substr(bar + 1);
}

/// Whether somebody who says `name` means this cluster: its whole name, its host, or as much of the
/// host as people say, up to a dot. So "cart" is all subsets of cart.
bool is_called(std::string_view cluster, std::string_view name) {
  const std::string_view host = host_of_cluster(cluster);
  return cluster == name || (!name.empty() && host.starts_with(name) &&
                             (host.size() == name.size() || host[name.size()] == '.'));
}

bool sends_all_to(const Route& route, const ProxyConfig& config, std::string_view cluster) {
  bool any = false;
  for (const WeightedCluster& target : route.clusters) {
    if (target.weight == 0) {
      continue;
    }
    if (target.cluster >= config.clusters.size() ||
        !is_called(config.clusters[target.cluster].name, cluster)) {
      return false;
    }
    any = true;
  }
  return any;
}

bool sends_some_to(const Route& route, const ProxyConfig& config, std::string_view cluster) {
  return std::any_of(route.clusters.begin(), route.clusters.end(),
                     [&](const WeightedCluster& target) {
                       return target.weight > 0 && target.cluster < config.clusters.size() &&
                              is_called(config.clusters[target.cluster].name, cluster);
                     });
}

bool concerns(const RuntimeFault& fault, const Route& route, const ProxyConfig& config) {
  switch (fault.target) {
    case RuntimeFault::Target::kRoute:
      return route.name == fault.name;
    case RuntimeFault::Target::kCluster:
      return sends_all_to(route, config, fault.name);
    case RuntimeFault::Target::kAll:
      return true;
  }
  return false;
}

template <class Config, class Visit>
void for_each_route(Config& config, const Visit& visit) {
  for (auto* hosts : {&config.outbound, &config.inbound}) {
    for (auto& host : *hosts) {
      for (auto& route : host.routes) {
        visit(route);
      }
    }
  }
}

}  // namespace

Result<void> RuntimeFaults::set(RuntimeFault fault) {
  const auto same = std::find_if(faults_.begin(), faults_.end(), [&fault](const RuntimeFault& f) {
    return f.target == fault.target && f.name == fault.name;
  });
  if (same != faults_.end()) {
    faults_.erase(same);  // The new one is the latest of all.
  } else if (faults_.size() >= kMaxFaults) {
    return fail("there are too many faults already", "", "at most 1000 at once");
  }
  faults_.push_back(std::move(fault));
  return {};
}

bool RuntimeFaults::remove(RuntimeFault::Target target, std::string_view name) {
  return std::erase_if(faults_, [&](const RuntimeFault& fault) {
           return fault.target == target && fault.name == name;
         }) > 0;
}

std::size_t RuntimeFaults::clear() {
  const std::size_t count = faults_.size();
  faults_.clear();
  return count;
}

bool RuntimeFaults::expire(Instant now) {
  return std::erase_if(faults_, [now](const RuntimeFault& f) { return f.until <= now; }) > 0;
}

Instant RuntimeFaults::next_expiry() const {
  Instant next = kNever;
  for (const RuntimeFault& fault : faults_) {
    next = std::min(next, fault.until);
  }
  return next;
}

void RuntimeFaults::apply(ProxyConfig& config) const {
  // From the general to the special: what is written last stays.
  for (const auto target :
       {RuntimeFault::Target::kAll, RuntimeFault::Target::kCluster, RuntimeFault::Target::kRoute}) {
    for (const RuntimeFault& fault : faults_) {
      if (fault.target != target) {
        continue;
      }
      for_each_route(config, [&](Route& route) {
        if (concerns(fault, route, config)) {
          route.fault = fault.policy;
        }
      });
    }
  }
}

std::string RuntimeFaults::targets_of(RuntimeFault::Target target, const ProxyConfig& config) {
  constexpr std::size_t kMaxNames = 20;
  std::vector<std::string_view> names;
  const auto add = [&names](std::string_view name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  };
  for_each_route(config, [&](const Route& route) {
    if (names.size() > kMaxNames) {
      return;
    }
    if (target == RuntimeFault::Target::kRoute) {
      add(route.name);
      return;
    }
    for (const WeightedCluster& weighted : route.clusters) {
      if (weighted.cluster < config.clusters.size()) {
        const std::string_view cluster = config.clusters[weighted.cluster].name;
        const std::string_view host = host_of_cluster(cluster);
        add(host.empty() ? cluster : host.substr(0, host.find('.')));
      }
    }
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMaxNames); ++i) {
    text.append(i == 0 ? "" : ", ").append(names[i]);
  }
  return text + (names.size() > kMaxNames ? ", ..." : "");
}

FaultEffect RuntimeFaults::effect_of(const RuntimeFault& fault, const ProxyConfig& config) {
  constexpr std::size_t kMaxNames = 20;
  FaultEffect effect;
  for_each_route(config, [&](const Route& route) {
    if (concerns(fault, route, config)) {
      ++effect.routes;
    } else if (fault.target == RuntimeFault::Target::kCluster &&
               effect.skipped.size() < kMaxNames && sends_some_to(route, config, fault.name)) {
      effect.skipped.push_back(route.name);
    }
  });
  return effect;
}

}  // namespace shaketable::proxy::live
