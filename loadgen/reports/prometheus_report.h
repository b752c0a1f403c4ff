#pragma once

#include <string>

#include "loadgen/results/run_result.h"

namespace shaketable::loadgen {

/// The result in Prometheus' text format 0.0.4, with names that begin with `shaketable_load_`:
/// requests, failures by error, statuses, bytes and latency histograms (seconds) of each step, what
/// was dropped and delayed, connections, and whether each threshold holds. A file of
/// node_exporter's textfile collector, or the body of a push.
[[nodiscard]] std::string load_prometheus(const RunResult& result);

}  // namespace shaketable::loadgen
