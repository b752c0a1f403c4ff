#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "reports/html/page.h"
#include "reports/html/topology_layout.h"

namespace shaketable::reports {

/// The part of a mesh that is drawn, and where.
struct DrawnTopology {
  std::vector<engine::ServiceIndex> services;  ///< Rising.
  std::vector<EdgeKey> edges;                  ///< Between them: calls that can be or were made.
  std::size_t left_out = 0;                    ///< Services that are not drawn.
  TopologyLayout layout;
};

/// All services of a small mesh; of a large one those with the most to tell, each with a chain of
/// callers up to an entry, so that the picture hangs together.
[[nodiscard]] DrawnTopology choose_topology(const Page& page);

/// The drawing over time as JSON, for the page's replay: per node its states, rates and latencies,
/// per edge its rates and errors, in `page.limits.replay_points` steps; circuits, ejected hosts and
/// events with their times.
[[nodiscard]] std::string replay_of(const Page& page, const DrawnTopology& topology);

/// What an edge was over the measured run: failing above 25 % errors of its caller, degraded above
/// 1 %.
[[nodiscard]] Tone tone_of(const engine::WindowTotals* totals);

}  // namespace shaketable::reports
