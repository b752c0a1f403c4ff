#include <algorithm>
#include <map>
#include <utility>

#include "engine/sim/simulator_inl.h"

/// How full the sidecars' circuit breakers are.
namespace shaketable::engine {

std::vector<BreakerLevel> Simulator::breakers() const {
  std::map<std::pair<ServiceIndex, ServiceIndex>, BreakerLevel> levels;
  for (std::size_t i = 0; i < sidecars_.size(); ++i) {
    if (sidecars_[i] == nullptr) {
      continue;
    }
    const ServiceIndex caller = instances_[i].place.service;
    const auto& clusters = sidecars_[i]->config().config().clusters;
    for (std::uint32_t c = 1; c < clusters.size(); ++c) {  // 0 is the sidecar's own application.
      const proxy::CircuitBreakers& limits = clusters[c].circuit_breakers;
      const proxy::UpstreamCluster* const cluster = sidecars_[i]->cluster(c);
      const bool is_limited = limits.max_requests != proxy::kUnlimited ||
                              limits.max_pending_requests != proxy::kUnlimited ||
                              limits.max_connections != proxy::kUnlimited;
      if (cluster == nullptr || !is_limited) {
        continue;
      }
      BreakerLevel& level = levels[{caller, clusters[c].tag}];
      level.caller = caller;
      level.service = clusters[c].tag;
      level.requests = std::max(level.requests, cluster->breaker.requests);
      level.pending = std::max(level.pending, cluster->breaker.pending_requests);
      level.connections = std::max(level.connections, cluster->breaker.connections);
      level.max_requests = std::min(level.max_requests, limits.max_requests);
      level.max_pending = std::min(level.max_pending, limits.max_pending_requests);
      level.max_connections = std::min(level.max_connections, limits.max_connections);
    }
  }
  std::vector<BreakerLevel> result;
  for (const auto& [key, level] : levels) {
    result.push_back(level);
  }
  return result;
}

}  // namespace shaketable::engine
