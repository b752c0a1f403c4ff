#include "gui/canvas/canvas_scene.h"

#include <QLineF>
#include <QPainterPathStroker>
#include <QPolygonF>
#include <algorithm>
#include <cmath>
#include <tuple>

#include "gui/canvas/fold_layers.h"
#include "gui/find/find_expression.h"
#include "reports/html/topology_layout.h"

namespace shaketable::gui {
namespace {

// The length of an edge, and its points at equal distances.
void measure(SceneEdge& edge) {
  const QPolygonF line = edge.path.toSubpathPolygons().value(0);
  edge.reach = line.boundingRect().adjusted(-1, -1, 1, 1);  // A level line has a height, too.
  edge.length = 0;
  for (qsizetype i = 1; i < line.size(); ++i) {
    edge.length += QLineF(line[i - 1], line[i]).length();
  }
  edge.track.fill(edge.path.currentPosition());
  std::size_t next = 0;
  double before = 0;  // Length of the path until the part that is looked at.
  for (qsizetype i = 1; i < line.size(); ++i) {
    const QLineF part(line[i - 1], line[i]);
    const double length = part.length();
    while (next + 1 < edge.track.size()) {
      const double place =
          edge.length * static_cast<double>(next) / static_cast<double>(edge.track.size() - 1);
      if (place > before + length || length <= 0) {
        break;
      }
      edge.track[next++] = part.pointAt((place - before) / length);
    }
    before += length;
  }
}

QPointF drawn(const reports::DrawnPoint& point) {
  return {static_cast<double>(point.x) / 10.0, static_cast<double>(point.y) / 10.0};
}

std::string runtime_words(const engine::Service& service) {
  std::uint32_t instances = 0;
  for (const engine::Version& version : service.versions) {
    instances += version.instances;
  }
  return std::to_string(instances) + " × " + service.versions.front().runtime.name;
}

std::string version_words(const engine::Service& service) {
  std::string words;
  for (const engine::Version& version : service.versions) {
    words += (words.empty() ? "" : ", ") + version.name;
  }
  return service.versions.size() > 1 ? words : std::string();
}

}  // namespace

void CanvasScene::clear() {
  shape_ = {};
  nodes_.clear();
  index_.clear();
  zones_.clear();
  edges_.clear();
  lines_.clear();
  groups_.clear();
  links_.clear();
  left_out_.clear();
}

void CanvasScene::show(const engine::Scenario& scenario, bool keep_places) {
  std::map<std::string, SceneNode> before;
  for (SceneNode& node : nodes_) {
    before.emplace(node.name, std::move(node));
  }
  nodes_.clear();
  index_.clear();
  std::set<std::string> zones;
  bool same = true;
  for (const engine::Service& service : scenario.mesh.services) {
    SceneNode node{.name = service.name,
                   .entry = service.entry,
                   .sidecar = service.sidecar,
                   .tls = service.sidecar && scenario.mesh.network.tls,
                   .runtime = runtime_words(service),
                   .versions = version_words(service),
                   .space = service.kube_namespace,
                   .zones = zones_of(scenario.mesh, service)};
    const auto known = before.find(service.name);
    if (known != before.end()) {
      node.box = known->second.box;
      node.pinned = known->second.pinned;
      node.held = known->second.held;
    } else {
      same = false;
    }
    zones.insert(node.zones);
    index_.emplace(service.name, nodes_.size());
    nodes_.push_back(std::move(node));
  }
  zones_.assign(zones.begin(), zones.end());
  MeshShape shape = shape_of(scenario.mesh);
  same = same && shape.edges == shape_.edges && shape.services == shape_.services;
  shape_ = std::move(shape);
  edges_.clear();
  for (const auto& [from, to] : shape_.edges) {
    edges_.push_back({.from = from, .to = to});
  }
  make_groups();
  if (!same || !keep_places) {
    place(keep_places);
  }
  route();
  refresh_groups();
}

void CanvasScene::place(bool keep_places) {
  if (!groups_.empty()) {
    place_grouped(keep_places);
    return;
  }
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const auto& [from, to] : shape_.edges) {
    pairs.emplace_back(from, to);
  }
  reports::TopologyMeasures measures;
  measures.box_width = static_cast<int>(kBoxWidth);
  measures.box_height = static_cast<int>(kBoxHeight);
  measures.column_gap = 86;
  measures.row_gap = 26;
  measures.line_gap = 20;
  measures.margin = 0;
  const reports::TopologyLayout layout = reports::lay_out_topology(nodes_.size(), pairs, measures);
  std::vector<QPointF> corners;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    corners.push_back(drawn(layout.boxes[n]));
  }
  bool moved = fold_layers(corners);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const bool keeps = keep_places && nodes_[n].pinned;
    moved = moved || keeps;
    if (!keeps) {
      nodes_[n].box = QRectF(corners[n], QSizeF(kBoxWidth, kBoxHeight));
      nodes_[n].pinned = false;
    }
  }
  lines_.assign(edges_.size(), {});
  for (std::size_t e = 0; e < edges_.size() && !moved; ++e) {
    for (const reports::DrawnPoint& point : layout.lines[e]) {
      lines_[e].push_back(drawn(point));
    }
  }
  make_room();
}

// What a person has put somewhere stays; what was laid out over it moves below.
void CanvasScene::make_room() {
  constexpr double kApart = 26;
  std::vector<std::size_t> kept, others;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    (nodes_[n].pinned ? kept : others).push_back(n);
  }
  // True when the box had to go below one of them.
  const auto avoid = [this](QRectF& box, const std::vector<std::size_t>& nodes, std::size_t self) {
    bool has_moved = false;
    for (const std::size_t n : nodes) {
      if (n != self && nodes_[n].box.adjusted(-kApart / 2, 0, kApart / 2, 0).intersects(box)) {
        box.moveTop(nodes_[n].box.bottom() + kApart);
        has_moved = true;
      }
    }
    return has_moved;
  };
  for (const std::size_t n : others) {
    bool has_moved = avoid(nodes_[n].box, kept, n);
    while (has_moved) {
      has_moved = avoid(nodes_[n].box, others, n);
      has_moved = avoid(nodes_[n].box, kept, n) || has_moved;
    }
  }
}

void CanvasScene::route() {
  lines_.resize(edges_.size());
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    route_edge(e);
  }
}

void CanvasScene::route_edge(std::size_t e) {
  SceneEdge& edge = edges_[e];
  std::vector<QPointF> points = lines_[e];
  if (points.empty()) {
    const QRectF& from = nodes_[edge.from].box;
    const QRectF& to = nodes_[edge.to].box;
    points = {QPointF(from.right(), from.center().y()), QPointF(to.left(), to.center().y())};
  }
  edge.path = QPainterPath(points.front());
  for (std::size_t i = 1; i < points.size(); ++i) {
    const QPointF& a = points[i - 1];
    const QPointF& b = points[i];
    const double reach = std::max(40.0, std::abs(b.x() - a.x()) / 2);
    if (std::abs(a.y() - b.y()) < 0.5 && b.x() > a.x()) {
      edge.path.lineTo(b);
    } else {
      edge.path.cubicTo(a + QPointF(reach, 0), b - QPointF(reach, 0), b);
    }
  }
  measure(edge);
}

QPointF SceneEdge::at(double share) const {
  constexpr double kParts = std::tuple_size_v<decltype(track)> - 1;
  const double place = std::clamp(share, 0.0, 1.0) * kParts;
  const auto part = static_cast<std::size_t>(std::min(place, kParts - 1));
  const double rest = place - static_cast<double>(part);
  return track[part] * (1 - rest) + track[part + 1] * rest;
}

QRectF CanvasScene::bounds() const {
  QRectF all;
  for (const SceneNode& node : nodes_) {
    all = node.hidden ? all : all.united(node.box);
  }
  for (const SceneGroup& group : groups_) {
    all = group.hidden ? all : all.united(group.box);
  }
  return all;
}

std::optional<std::size_t> CanvasScene::node_at(const QPointF& point) const {
  for (std::size_t n = nodes_.size(); n-- > 0;) {
    if (!nodes_[n].hidden && nodes_[n].box.contains(point)) {
      return n;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> CanvasScene::edge_at(const QPointF& point, double reach) const {
  QPainterPathStroker stroker;
  stroker.setWidth(2 * reach);
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    const QRectF near = edges_[e].reach.adjusted(-reach, -reach, reach, reach);
    if (!edges_[e].hidden && near.contains(point) &&
        stroker.createStroke(edges_[e].path).contains(point)) {
      return e;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> CanvasScene::port_at(const QPointF& point, double reach) const {
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const QPointF port(nodes_[n].box.right(), nodes_[n].box.center().y());
    const QPointF away = port - point;
    if (!nodes_[n].hidden && std::hypot(away.x(), away.y()) <= reach) {
      return n;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> CanvasScene::find(const std::string& service) const {
  const auto found = index_.find(service);
  return found == index_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> CanvasScene::find_edge(const std::string& caller,
                                                  const std::string& service) const {
  const auto from = find(caller), to = find(service);
  for (std::size_t e = 0; from && to && e < edges_.size(); ++e) {
    if (edges_[e].from == *from && edges_[e].to == *to) {
      return e;
    }
  }
  return std::nullopt;
}

Selection CanvasScene::selection_of_node(std::size_t node) const {
  return Selection::of_service(nodes_[node].name);
}

Selection CanvasScene::selection_of_edge(std::size_t edge) const {
  return Selection::of_edge(nodes_[edges_[edge].from].name, nodes_[edges_[edge].to].name);
}

void CanvasScene::move(std::size_t node, const QPointF& top_left) {
  nodes_[node].box.moveTopLeft(top_left);
  nodes_[node].pinned = true;
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    if (edges_[e].from == node || edges_[e].to == node) {
      lines_[e].clear();
      route_edge(e);
    }
  }
  if (!groups_.empty()) {
    refresh_groups();
  }
}

void CanvasScene::shift(const std::set<std::string>& services, const QPointF& step) {
  std::vector<std::size_t> nodes;
  for (const std::string& service : services) {
    if (const auto node = find(service)) {
      nodes.push_back(*node);
    }
  }
  shift_nodes(nodes, step);
}

void CanvasScene::shift_nodes(const std::vector<std::size_t>& nodes, const QPointF& step) {
  std::vector<bool> is_moved(nodes_.size(), false);
  for (const std::size_t n : nodes) {
    nodes_[n].box.translate(step);
    nodes_[n].pinned = true;
    is_moved[n] = true;
  }
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    if (is_moved[edges_[e].from] || is_moved[edges_[e].to]) {
      lines_[e].clear();
      route_edge(e);
    }
  }
  if (!groups_.empty()) {
    refresh_groups();
  }
}

void CanvasScene::lay_out() {
  for (SceneGroup& group : groups_) {
    group.pinned = false;
  }
  for (SceneNode& node : nodes_) {
    node.pinned = node.held;
  }
  place(true);
  route();
  refresh_groups();
}

void CanvasScene::hold(const std::set<std::string>& services, bool held) {
  for (const std::string& service : services) {
    if (const auto node = find(service)) {
      nodes_[*node].held = held;
      nodes_[*node].pinned = true;
    }
  }
}

Places CanvasScene::pinned() const {
  Places places;
  for (const SceneNode& node : nodes_) {
    if (node.pinned) {
      places[node.name] = Place(node.box.topLeft(), node.held);
    }
  }
  for (const SceneGroup& group : groups_) {
    if (group.pinned) {
      places[group_key(group.name)] = group.box.topLeft();
    }
  }
  return places;
}

void CanvasScene::pin(const Places& places) {
  for (SceneNode& node : nodes_) {
    node.held = false;
  }
  lay_out();
  std::vector<std::size_t> moved;
  for (const auto& [name, place] : places) {
    if (const auto node = find(name)) {
      nodes_[*node].box.moveTopLeft(place.at);
      nodes_[*node].held = place.held;
      moved.push_back(*node);
    }
  }
  shift_nodes(moved, QPointF(0, 0));
  for (SceneGroup& group : groups_) {
    const auto found = places.find(group_key(group.name));
    if (found != places.end()) {
      group.pinned = true;
      group.box.moveTopLeft(found->second.at);
    }
  }
  refresh_groups();
}

QPointF CanvasScene::free_place(const QPointF& wanted) const {
  QRectF box(wanted - QPointF(kBoxWidth / 2, kBoxHeight / 2), QSizeF(kBoxWidth, kBoxHeight));
  const auto is_free = [this](const QRectF& place) {
    return std::none_of(nodes_.begin(), nodes_.end(), [&](const SceneNode& node) {
      return node.box.adjusted(-16, -16, 16, 16).intersects(place);
    });
  };
  for (int tries = 0; tries < 200 && !is_free(box); ++tries) {
    box.translate(0, kBoxHeight + 24);
  }
  return box.topLeft();
}

}  // namespace shaketable::gui
