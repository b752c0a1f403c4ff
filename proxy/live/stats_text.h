#pragma once

#include <string>

#include "proxy/base/result.h"
#include "proxy/live/server_info.h"
#include "proxy/live/stats.h"

/// Statistics as others read them: Envoy's names and forms, so that what reads Envoy's statistics
/// reads ours. Names of clusters and listeners may hold anything; what would break a form is
/// replaced or escaped.
namespace shaketable::proxy::live {

struct StatsOptions {
  std::string filter;      ///< RE2 that a name must contain; empty = all.
  bool used_only = false;  ///< Leaves out zeros and empty histograms.
};

/// `cluster.cart.upstream_rq_total: 17`, a line each, sorted; histograms as quantiles in
/// milliseconds, `P50(nan,1.25)`: the second of the two is since the start.
[[nodiscard]] Result<std::string> stats_as_text(const StatsSnapshot& stats,
                                                const ServerInfo& server,
                                                const StatsOptions& options);
/// {"stats": [{"name": ..., "value": ...}, ..., {"histograms": {...}}]}
[[nodiscard]] Result<std::string> stats_as_json(const StatsSnapshot& stats,
                                                const ServerInfo& server,
                                                const StatsOptions& options);
/// Exposition format 0.0.4: `envoy_cluster_upstream_rq_total{envoy_cluster_name="cart"} 17`.
/// The filter looks at the name in the form of stats_as_text.
[[nodiscard]] Result<std::string> stats_as_prometheus(const StatsSnapshot& stats,
                                                      const ServerInfo& server,
                                                      const StatsOptions& options);

}  // namespace shaketable::proxy::live
