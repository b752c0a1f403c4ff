#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proxy/base/time.h"
#include "proxy/config/policy.h"
#include "proxy/config/route.h"

/// The whole configuration of one proxy: what istiod would send it. Immutable once built; replicas
/// share one snapshot.
namespace shaketable::proxy {

/// An upstream endpoint. `id` belongs to the driver (the simulator's instance number, the live
/// proxy's address index): the core only hands it back in actions and telemetry.
struct HostConfig {
  std::uint32_t id = 0;
  std::uint32_t weight = 1;  ///< 1 to 128, relative within the cluster.
};

/// Endpoints of one cluster, in a fixed order. Shared between proxies, replaced as a whole.
using HostSet = std::vector<HostConfig>;

struct ClusterConfig {
  std::string name;
  LbPolicy lb_policy = LbPolicy::kRoundRobin;
  std::uint32_t choice_count = 2;  ///< Least request: hosts drawn with replacement.
  bool full_scan = false;          ///< Least request: look at every host.
  UpstreamProtocol protocol = UpstreamProtocol::kHttp1;
  std::uint32_t max_concurrent_streams = 100;     ///< HTTP/2, per connection.
  std::uint32_t max_requests_per_connection = 0;  ///< 0 = no limit; 1 = no keep-alive.
  Duration connect_timeout = std::chrono::seconds(5);
  Duration pool_idle_timeout = std::chrono::hours(1);  ///< Idle upstream connections; 0 = off.
  CircuitBreakers circuit_breakers;
  std::optional<OutlierDetection> outlier_detection;
  std::uint32_t panic_threshold_percent = 50;  ///< 0 = off: no healthy host gives 503 UH.
  std::shared_ptr<const HostSet> hosts;        ///< Never null.
  std::uint32_t tag = 0;  ///< Free for the driver (the simulator's edge), copied to telemetry.
};

/// What the proxy does, by listener. The outbound listener routes by authority and path; the
/// inbound one passes everything to the local application through its own cluster.
struct ProxyConfig {
  std::uint64_t version = 0;
  std::vector<ClusterConfig> clusters;
  std::vector<VirtualHost> outbound;
  std::vector<VirtualHost> inbound;
};

}  // namespace shaketable::proxy
