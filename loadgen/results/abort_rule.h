#pragma once

#include "loadgen/core/load_plan.h"
#include "loadgen/results/watched_counts.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// Whether a threshold is missed beyond doubt, so that the run may end at once.
///
/// Shares (`error_rate`, and a quantile of latency as the share of slower requests) are judged by
/// the lower end of Wilson's interval at three standard deviations; counts that only grow (`max`,
/// `failed_runs`, `dropped`) as soon as they are beyond an upper limit; `mean` and `rate` once
/// there are 100 requests and ten seconds (`elapsed`, behind the warm-up). Lower limits of shares
/// and counts are never certain before the end.
[[nodiscard]] bool is_missed_beyond_doubt(const Threshold& threshold, const WatchedCounts& counts,
                                          proxy::Duration elapsed);

}  // namespace shaketable::loadgen
