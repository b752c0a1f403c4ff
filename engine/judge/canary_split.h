#pragma once

#include <vector>

#include "engine/judge/canary.h"

/// The part of canary.cc that knows weights.
namespace shaketable::engine {

/// Spans of equal weights over the run, with what came about in each. `series` is by version,
/// nullptr where a version was not recorded. A push counts from its mean arrival at the sidecars;
/// buckets belong to the span in which they begin.
[[nodiscard]] std::vector<SplitSpan> split_of(const Scenario& scenario, const RunRecord& record,
                                              ServiceIndex service,
                                              const std::vector<const Series*>& series);

/// Weights by version in ppm as the policies for calls to `service` say them, by the rule with the
/// fewest conditions; empty when none of them names subsets, all zero when the rule leads nowhere
/// in the service: to others, or sidecars answer by themselves.
[[nodiscard]] std::vector<std::int64_t> wanted_split(
    const Service& service, ServiceIndex index, const std::vector<DestinationPolicy>& policies);

}  // namespace shaketable::engine
