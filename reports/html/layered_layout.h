#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace shaketable::reports {

/// Where a node of a layered drawing stands: callers in a lower layer than those they call.
struct LayeredNode {
  std::size_t layer = 0;
  std::size_t row = 0;  ///< Within its layer, from 0 without gaps.
};

struct LayeredLayout {
  std::vector<LayeredNode> nodes;  ///< By node.
  std::vector<std::size_t> rows;   ///< Number of nodes per layer.
};

/// Lays `nodes` nodes out in layers: each in the layer of its longest path from a node that nobody
/// calls; within a layer by the barycentre of its neighbours, to cross few edges. Edges of a cycle
/// and loops are ignored. Deterministic: ties keep the order of the nodes. O((nodes + edges) * 8).
[[nodiscard]] LayeredLayout lay_out(std::size_t nodes,
                                    const std::vector<std::pair<std::size_t, std::size_t>>& edges);

}  // namespace shaketable::reports
