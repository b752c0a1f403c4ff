#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/results/run_result.h"

namespace shaketable::loadgen {

/// A row for all, then for each load, journey, step and tag: counts, bytes, rate, and latency from
/// the due time (milliseconds) at `quantiles_ppm`. RFC 4180 with CRLF; a text that a spreadsheet
/// would take for a formula gets an apostrophe in front.
[[nodiscard]] std::string csv_report(const RunResult& result,
                                     const std::vector<std::uint32_t>& quantiles_ppm);

/// A row for each second of each load: counts, bytes, users, p50, p90, p99 and the slowest. The
/// first column is the second's begin, counted from the begin of the load.
[[nodiscard]] std::string csv_series(const RunResult& result);

}  // namespace shaketable::loadgen
