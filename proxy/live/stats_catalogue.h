#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/live/stats_metrics.h"
#include "proxy/live/stats_text.h"

namespace re2 {
class RE2;
}

/// What the forms of the statistics (text, JSON, Prometheus) have in common.
namespace shaketable::proxy::live {

[[nodiscard]] inline std::size_t index_of(MetricScope scope) {
  return static_cast<std::size_t>(scope);
}

/// As Envoy does, colons become underscores: they separate things in other forms.
[[nodiscard]] std::string plain_name(std::string_view name);

/// Milliseconds with microseconds, as Envoy's histograms of times are.
void append_milliseconds(std::int64_t nanoseconds, std::string& out);

/// The number of a counter or gauge.
void append_value(const Metric& metric, std::string& out);

/// All that statistics tell, with names and filter, whatever the form.
class Catalogue {
 public:
  /// All three outlive the catalogue.
  Catalogue(const StatsSnapshot& stats, const ServerInfo& server, const StatsOptions& options);

  /// Before anything else; an error for a filter that is no regular expression.
  [[nodiscard]] Result<void> prepare();

  /// Calls `visit(vector<Metric>&)` with the chosen metrics of one subject after the other.
  template <class Visit>
  void for_each_subject(const Visit& visit) {
    std::vector<Metric> metrics;
    const auto finish = [&] {
      std::erase_if(metrics, [this](const Metric& metric) { return !is_wanted(metric); });
      visit(metrics);
      metrics.clear();
    };
    for (const std::uint32_t i : in_order(clusters_)) {
      list_cluster_metrics(stats_.clusters[i], i, metrics);
      finish();
    }
    for (const std::uint32_t i : in_order(listeners_)) {
      list_http_metrics(stats_.listeners[i].stats, i, metrics);
      finish();
    }
    for (const std::uint32_t i : in_order(listeners_)) {
      list_listener_metrics(stats_.listeners[i].stats, i, metrics);
      finish();
    }
    list_server_metrics(stats_, server_, metrics);
    finish();
  }

  /// The name of the cluster or listener; empty for what the process has once.
  [[nodiscard]] std::string_view subject_of(const Metric& metric) const;

  /// "cluster.cart.upstream_rq_200", in `out`.
  void name_of(const Metric& metric, std::string& out) const;

  ~Catalogue();
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

 private:
  static std::vector<std::uint32_t> in_order(const std::vector<std::string>& names);

  [[nodiscard]] bool is_wanted(const Metric& metric);

  const StatsSnapshot& stats_;
  const ServerInfo& server_;
  const StatsOptions& options_;
  std::vector<std::string> clusters_, listeners_;
  std::unique_ptr<re2::RE2> filter_;
  std::string scratch_;
};

}  // namespace shaketable::proxy::live
