#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/mesh/model.h"
#include "proxy/config/proxy_config.h"

namespace shaketable::engine {

/// Which endpoints a cluster has: instances of these versions of a service.
struct ClusterBinding {
  ServiceIndex service = kNone;  ///< kNone: the proxy's own application (the inbound cluster).
  std::vector<VersionIndex> versions;
};

/// The configuration of all sidecars of one service, before endpoints are known.
struct WorkloadConfig {
  proxy::ProxyConfig config;
  std::vector<ClusterBinding> bindings;  ///< Parallel to `config.clusters`.
};

/// What istiod does: the mesh's model as the configuration of one service's sidecars. Clusters are
/// those that the service's own calls can reach. `ClusterConfig::tag` is the destination's
/// ServiceIndex; cluster 0 is the inbound one, its tag is `caller` itself.
[[nodiscard]] WorkloadConfig compile_workload(const Mesh& mesh, ServiceIndex caller);

/// Writes the settings of a policy into a cluster; name, hosts and tag stay.
void apply_cluster_policy(const ClusterPolicy& policy, proxy::ClusterConfig& cluster);

/// The policy that `from` follows for calls to `service`: its own, the general one, or nullptr.
[[nodiscard]] const DestinationPolicy* find_policy(const Mesh& mesh, ServiceIndex service,
                                                   ServiceIndex from);

/// The versions that carry all labels of the subset.
[[nodiscard]] std::vector<VersionIndex> versions_of(const Service& service, const Subset& subset);

/// All services that `caller` calls, ascending, without duplicates.
[[nodiscard]] std::vector<ServiceIndex> callees_of(const Mesh& mesh, ServiceIndex caller);

}  // namespace shaketable::engine
