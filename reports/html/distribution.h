#pragma once

#include <string>
#include <vector>

#include "engine/record/run_record.h"
#include "proxy/base/histogram.h"
#include "reports/html/chart.h"

namespace shaketable::reports {

/// All latencies as columns over a logarithmic axis, percentiles as marks with their values.
/// `description` is raw.
[[nodiscard]] std::string svg_histogram(const proxy::Histogram& latency,
                                        const std::string& description);

/// Time by latency: each cell is as dark as the share of its moment's answers that it holds,
/// counted from `series.latencies`, which must not be empty.
[[nodiscard]] std::string svg_heat_map(const engine::RunRecord& record,
                                       const engine::Series& series,
                                       const std::vector<ChartBand>& bands,
                                       const std::string& description);

}  // namespace shaketable::reports
