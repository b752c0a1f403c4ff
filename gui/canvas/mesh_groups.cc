#include "gui/canvas/mesh_groups.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "gui/canvas/canvas_scene.h"
#include "gui/canvas/fold_layers.h"
#include "reports/html/topology_layout.h"

namespace shaketable::gui {
namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

constexpr double kColumnGap = 96, kRowGap = 30;
constexpr double kWideByHigh = 1.7;
constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

std::vector<QPointF> corners_of(std::size_t boxes, const Pairs& edges) {
  reports::TopologyMeasures measures;
  measures.box_width = static_cast<int>(CanvasScene::kBoxWidth);
  measures.box_height = static_cast<int>(CanvasScene::kBoxHeight);
  measures.column_gap = 76;
  measures.row_gap = 22;
  measures.line_gap = 16;
  measures.margin = 0;
  std::vector<QPointF> corners;
  for (const reports::DrawnPoint& point : reports::lay_out_topology(boxes, edges, measures).boxes) {
    corners.emplace_back(static_cast<double>(point.x) / 10.0, static_cast<double>(point.y) / 10.0);
  }
  return corners;
}

/// What is placed as one: a node without a group, or a group.
struct Unit {
  std::vector<std::size_t> members;
  std::vector<QPointF> inside;  ///< Corners of the members, from the unit's corner.
  std::size_t group = kNobody;
  QSizeF size{CanvasScene::kBoxWidth, CanvasScene::kBoxHeight};
  QPointF corner;
};

void lay_out_inside(Unit& unit, const Pairs& edges, const std::vector<std::size_t>& place) {
  Pairs inner;
  for (const auto& [from, to] : edges) {
    const bool is_inside = place[from] != kNobody && place[to] != kNobody;
    if (is_inside) {
      inner.emplace_back(place[from], place[to]);
    }
  }
  unit.inside = corners_of(unit.members.size(), inner);
  fold_layers(unit.inside);
  QRectF bounds;
  for (const QPointF& corner : unit.inside) {
    bounds = bounds.united(QRectF(corner, QSizeF(CanvasScene::kBoxWidth, CanvasScene::kBoxHeight)));
  }
  const QPointF shift =
      QPointF(SceneGroup::kPadding, SceneGroup::kTitle + SceneGroup::kPadding / 2) -
      bounds.topLeft();
  for (QPointF& corner : unit.inside) {
    corner += shift;
  }
  unit.size = QSizeF(bounds.width() + 2 * SceneGroup::kPadding,
                     bounds.height() + SceneGroup::kTitle + 1.5 * SceneGroup::kPadding);
}

/// Units in columns by the layers of their layout; columns that would be far too high are split.
void place_units(std::vector<Unit>& units, const Pairs& edges) {
  const std::vector<QPointF> order = corners_of(units.size(), edges);
  std::map<double, std::vector<std::size_t>> layers;
  double area = 0;
  for (std::size_t u = 0; u < units.size(); ++u) {
    layers[order[u].x()].push_back(u);
    area += (units[u].size.width() + kColumnGap) * (units[u].size.height() + kRowGap);
  }
  const double highest = std::max(900.0, 1.2 * std::sqrt(area / kWideByHigh));
  std::vector<std::vector<std::size_t>> columns;
  std::vector<double> heights;
  for (auto& [x, layer] : layers) {
    std::sort(layer.begin(), layer.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(order[a].y(), a) < std::pair(order[b].y(), b);
    });
    columns.emplace_back();
    heights.push_back(0);
    for (const std::size_t u : layer) {
      const double more = units[u].size.height() + kRowGap;
      if (heights.back() > 0 && heights.back() + more > highest) {
        columns.emplace_back();
        heights.push_back(0);
      }
      columns.back().push_back(u);
      heights.back() += more;
    }
  }
  const double all = *std::max_element(heights.begin(), heights.end());
  double left = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    double wide = 0;
    for (const std::size_t u : columns[c]) {
      wide = std::max(wide, units[u].size.width());
    }
    double top = (all - heights[c]) / 2;
    for (const std::size_t u : columns[c]) {
      units[u].corner = QPointF(left + (wide - units[u].size.width()) / 2, top);
      top += units[u].size.height() + kRowGap;
    }
    left += wide + kColumnGap;
  }
}

}  // namespace

std::string group_key(const std::string& name) { return "group/" + name; }

GroupedLayout lay_out_groups(std::size_t nodes, const Pairs& edges,
                             const std::vector<SceneGroup>& groups) {
  std::vector<Unit> units;
  std::vector<std::size_t> unit_of(nodes, kNobody);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Unit unit{.members = groups[g].members, .group = g};
    std::vector<std::size_t> place(nodes, kNobody);
    for (std::size_t i = 0; i < unit.members.size(); ++i) {
      place[unit.members[i]] = i;
      unit_of[unit.members[i]] = units.size();
    }
    lay_out_inside(unit, edges, place);
    if (groups[g].collapsed) {
      unit.size = QSizeF(SceneGroup::kWidth, SceneGroup::kHeight);
    }
    units.push_back(std::move(unit));
  }
  for (std::size_t n = 0; n < nodes; ++n) {
    if (unit_of[n] == kNobody) {
      unit_of[n] = units.size();
      units.push_back({.members = {n}, .inside = {QPointF(0, 0)}});
    }
  }
  std::set<std::pair<std::size_t, std::size_t>> between;
  for (const auto& [from, to] : edges) {
    if (unit_of[from] != unit_of[to]) {
      between.emplace(unit_of[from], unit_of[to]);
    }
  }
  if (!units.empty()) {
    place_units(units, Pairs(between.begin(), between.end()));
  }
  GroupedLayout layout{.nodes = std::vector<QPointF>(nodes),
                       .groups = std::vector<QPointF>(groups.size())};
  for (const Unit& unit : units) {
    for (std::size_t i = 0; i < unit.members.size(); ++i) {
      layout.nodes[unit.members[i]] = unit.corner + unit.inside[i];
    }
    if (unit.group != kNobody) {
      layout.groups[unit.group] = unit.corner;
    }
  }
  return layout;
}

}  // namespace shaketable::gui
