#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/live/server_info.h"
#include "proxy/live/stats.h"

/// The list of everything that is told, before it takes a form; for stats_text.cc alone.
namespace shaketable::proxy::live {

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram };

enum class MetricScope : std::uint8_t {
  kCluster,
  kClusterManager,
  kHttp,
  kListener,
  kListenerManager,
  kOther,    ///< Names that stand alone: "filesystem.write_failed".
  kProcess,  ///< Names that every Prometheus client has; without "envoy_".
  kServer,
};
inline constexpr std::size_t kMetricScopes = 8;

/// One number. Texts are literals, or live in the snapshot that the list was made from.
struct Metric {
  MetricScope scope = MetricScope::kServer;
  MetricType type = MetricType::kCounter;
  bool name_ends_with_label = false;  ///< The plain name is `name` and then the label's value.
  std::uint32_t subject = 0;          ///< Which cluster or listener.
  std::uint32_t divisor = 1;          ///< Of the value: 1 or 1000.
  std::string_view name;              ///< "upstream_rq_2xx", behind scope and subject.
  std::string_view family;            ///< "upstream_rq_xx": for Prometheus, which has labels.
  std::string_view label, label_value;
  std::uint64_t value = 0;
  const LatencyHistogram* histogram = nullptr;
};

/// Appends what a scope has to tell of its subject number `subject` (0 where there is one only).
void list_cluster_metrics(const ClusterSnapshot& cluster, std::uint32_t subject,
                          std::vector<Metric>& out);
void list_http_metrics(const ListenerStats& stats, std::uint32_t subject, std::vector<Metric>& out);
void list_listener_metrics(const ListenerStats& stats, std::uint32_t subject,
                           std::vector<Metric>& out);
/// Everything that is not of a cluster or listener.
void list_server_metrics(const StatsSnapshot& stats, const ServerInfo& server,
                         std::vector<Metric>& out);

}  // namespace shaketable::proxy::live
