#pragma once

#include <string>

#include "loadgen/results/run_result.h"

namespace shaketable::loadgen {

/// Charts over the time of a run, for a page of reports/html.
struct ChartSet {
  std::string markup;  ///< Figures; empty without a point.
  std::string data;    ///< JSON for the page's script.
};

/// Requests and failures a second, latencies, users, bytes: all loads together.
[[nodiscard]] ChartSet charts_of(const RunResult& result);

}  // namespace shaketable::loadgen
