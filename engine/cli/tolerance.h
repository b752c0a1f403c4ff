#pragma once

#include <string>

#include "engine/judge/comparison.h"
#include "proxy/base/result.h"

namespace shaketable::engine {

/// Reads the argument of `--max-regression`: METRIC[:SUBJECT]=AMOUNT.
///
/// The metric is one of success_rate, error_rate, rps, mean, p50, p99, retries, utilisation.
/// Without a subject it is that of all requests; a service, "caller -> callee", a load, or `*` for
/// each service. The amount is `10%` of the value before, `0.1pp` (percentage points, for shares),
/// `20ms` (for latencies), `5/s` (for rates); at most six decimals, not negative.
[[nodiscard]] proxy::Result<Tolerance> parse_tolerance(const std::string& text);

}  // namespace shaketable::engine
