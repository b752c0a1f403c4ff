#pragma once

#include <string>

#include "reports/report.h"

/// A run as the metrics that Istio's and Envoy's sidecars would have had: `istio_requests_total`,
/// `istio_request_duration_milliseconds`, `envoy_cluster_*`, and gauges of services that a mesh
/// does not measure (`shaketable_service_*`). Names of files only ever are label values, escaped.
///
/// `reporter="source"` is what callers' sidecars saw after their retries, `reporter="destination"`
/// what each version's own side saw, which does not know who called.
namespace shaketable::reports {

/// Prometheus' text format: the values at the end of the run, without timestamps.
[[nodiscard]] std::string prometheus_metrics(const Report& report);

/// OpenMetrics with one sample for each bucket of the run, at its virtual time from kStartOfRuns,
/// so that `promtool tsdb create-blocks-from openmetrics` makes a database of the run. Between the
/// bounds that a bucket knows (p50, p90, p99, maximum) the histograms are interpolated.
[[nodiscard]] std::string openmetrics(const Report& report);

}  // namespace shaketable::reports
