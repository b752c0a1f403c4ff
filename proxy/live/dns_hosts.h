#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/live/live_config.h"
#include "proxy/live/resolver.h"
#include "proxy/live/snapshot.h"

/// What look-ups do to a configuration.
namespace shaketable::proxy::live {

/// Gives every cluster of the query the hosts that were found. Addresses that are new get the next
/// host ids. Returns the clusters whose endpoints are others now, in order.
std::vector<ClusterIndex> apply_answer(LiveConfig& config, const DnsCluster& query,
                                       const DnsAnswer& answer);

/// A new configuration begins with the endpoints that were found for the old one, where both look
/// up the same name. The hosts of `old` must be the first ones of `config`.
void keep_found_hosts(const LiveConfig& old, LiveConfig& config);

/// A snapshot with the endpoints of `config` for these clusters, and all else as it is: TLS
/// contexts and listeners are shared, nothing is read again.
[[nodiscard]] std::shared_ptr<const Snapshot> with_endpoints(
    const Snapshot& snapshot, const LiveConfig& config, const std::vector<ClusterIndex>& clusters);

}  // namespace shaketable::proxy::live
