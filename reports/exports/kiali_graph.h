#pragma once

#include <string>

#include "reports/report.h"

namespace shaketable::reports {

/// The measured run as Kiali's API gives a graph of type "workload" (`/api/namespaces/graph`):
/// nodes with their rates, edges with rates, responses, mTLS and `responseTime`, which is the p99
/// in ms. Rates are requests per second with two decimals. Source: Kiali, graph/config/cytoscape.
[[nodiscard]] std::string kiali_graph(const Report& report);

}  // namespace shaketable::reports
