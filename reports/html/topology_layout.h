#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace shaketable::reports {

/// A point of a drawing, in tenths of a pixel.
struct DrawnPoint {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

/// Sizes of a drawn topology in pixels.
struct TopologyMeasures {
  int box_width = 160;
  int box_height = 46;
  int column_gap = 122;  ///< Between two layers.
  int row_gap = 20;      ///< Between two boxes of a layer.
  int line_gap = 14;     ///< What a line that passes through a layer takes of it.
  int margin = 14;
};

/// Where everything of a topology stands: boxes in layers, callers on the left, and lines that go
/// around the boxes that they do not touch.
struct TopologyLayout {
  std::vector<DrawnPoint> boxes;               ///< Upper left corners, by node.
  std::vector<std::vector<DrawnPoint>> lines;  ///< By edge: start, points on the way, end.
  int width = 0, height = 0;                   ///< Pixels.
};

/// Places `nodes` boxes. An edge that passes layers has a point in each of them, for which room is
/// kept. Boxes of a layer keep the order that crosses few lines and stand as near to their
/// neighbours as the gaps allow; ends of lines spread over the side of their box in the order of
/// where they come from. Edges of a cycle and loops are drawn, but decide nothing. Deterministic.
[[nodiscard]] TopologyLayout lay_out_topology(
    std::size_t nodes, const std::vector<std::pair<std::size_t, std::size_t>>& edges,
    const TopologyMeasures& measures = {});

/// Places as near to `wanted` as possible (least squares) such that each is at least `gaps[i]`
/// behind the one before it; `gaps[0]` does not count. Exported for its test.
[[nodiscard]] std::vector<std::int64_t> place_in_order(const std::vector<std::int64_t>& wanted,
                                                       const std::vector<std::int64_t>& gaps);

}  // namespace shaketable::reports
