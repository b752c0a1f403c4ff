#pragma once

#include <memory>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/live/address.h"
#include "proxy/live/downstream.h"
#include "proxy/live/live_config.h"
#include "proxy/live/upstream.h"

namespace shaketable::proxy::live {

/// A configuration with everything loaded that it names: certificates read, addresses parsed.
/// Immutable, shared by all workers; connections keep the parts that they use.
struct Snapshot {
  LiveConfig config;
  std::uint32_t version = 0;
  std::vector<std::shared_ptr<const ClusterState>> clusters;  ///< Parallel to config.core.clusters.
  std::vector<std::shared_ptr<const ListenerState>> listeners;  ///< Then the admin one, if any.
  std::vector<SocketAddress> hosts;                             ///< Parallel to config.hosts.
};

/// The authority by which the core routes a TCP connection to a cluster. No request can have it: a
/// space is in it.
[[nodiscard]] std::string tcp_authority(const std::string& cluster);

/// Loads it; the error names what could not be. What `former` (may be null) has of it is shared:
/// TLS contexts whose files are as they were.
Result<std::shared_ptr<const Snapshot>> make_snapshot(LiveConfig config, std::uint32_t version,
                                                      const Snapshot* former);

}  // namespace shaketable::proxy::live
