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

/// Time by latency: each cell is as dark as the share of its moment's answers that it holds. The
/// record keeps four quantiles of each bucket, so a cell tells the share that lies between them: 40
/// % of the answers are between p50 and p90, 9 % up to the p99, the rest up to the greatest, and
/// the half below the p50 is taken to reach as far down as the p90 is up; between two of them the
/// answers are spread evenly (by the logarithm).
[[nodiscard]] std::string svg_heat_map(const engine::RunRecord& record,
                                       const engine::Series& series,
                                       const std::vector<ChartBand>& bands,
                                       const std::string& description);

}  // namespace shaketable::reports
