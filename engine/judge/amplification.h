#pragma once

#include <vector>

#include "engine/judge/cascade.h"
#include "engine/judge/run_view.h"

/// Load that retries add.
namespace shaketable::engine {

/// Edges that retried at all, by the worst bucket's amplification, greatest first. A bucket with
/// less than ten requests says nothing.
[[nodiscard]] std::vector<EdgeAmplification> edge_amplification(const RunView& view);

/// The path and the bucket in which the edges' amplifications multiply to the most, without the
/// edges at its ends that did not retry. Of a cycle only the edges that lead away from the entry
/// count.
[[nodiscard]] PathAmplification path_amplification(const RunView& view);

/// Attempts per request of an edge in a bucket in ppm; 1,000,000 when there were too few.
[[nodiscard]] std::int64_t amplification_ppm(const Point& point);

}  // namespace shaketable::engine
