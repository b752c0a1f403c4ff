#pragma once

#include <QPainterPath>
#include <QPointF>
#include <QRectF>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/scenario/model.h"
#include "gui/canvas/mesh_groups.h"
#include "gui/canvas/place.h"
#include "gui/canvas/selection.h"
#include "gui/run/mesh_look.h"

namespace shaketable::gui {

/// A box of the drawing.
struct SceneNode {
  std::string name;
  QRectF box;
  bool pinned = false;  ///< A person put it there.
  bool held = false;    ///< And it stays there when all others are laid out again.
  bool entry = false;
  bool sidecar = true;
  bool tls = true;       ///< Its sidecar speaks mTLS with others.
  std::string runtime;   ///< "3 x gunicorn"
  std::string versions;  ///< "v1, v2"; empty for one.
  std::string space;     ///< Kubernetes namespace.
  std::string zones;     ///< "eu-a, eu-b"
  bool hidden = false;   ///< By a person, or in a group that is one box.
};

struct SceneEdge {
  std::size_t from = 0, to = 0;
  bool hidden = false;  ///< As one of its ends is.
  QPainterPath path;
  /// Points of the path at equal distances: what moves along it in every frame has no time for a
  /// path, which is measured anew for each point that is asked of it.
  std::array<QPointF, 33> track;
  QRectF reach;  ///< Holds the path.
  double length = 0;

  /// The point at a share of the length, from 0 to 1.
  [[nodiscard]] QPointF at(double share) const;
};

/// Where everything of a mesh stands, in scene units (pixels at 100 %), and what lies under a
/// point.
///
/// Boxes are laid out in layers, callers on the left, always in the same way; those that a person
/// has moved stay where they were put.
class CanvasScene {
 public:
  static constexpr double kBoxWidth = 186;
  static constexpr double kBoxHeight = 88;

  /// Shows a mesh. Boxes of services that were there before keep their place when `keep_places`.
  void show(const engine::Scenario& scenario, bool keep_places);
  void clear();

  [[nodiscard]] const MeshShape& shape() const { return shape_; }
  [[nodiscard]] const std::vector<SceneNode>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<SceneEdge>& edges() const { return edges_; }
  /// What nodes have as `zones`, each once, in order.
  [[nodiscard]] const std::vector<std::string>& zones() const { return zones_; }
  [[nodiscard]] QRectF bounds() const;

  [[nodiscard]] std::optional<std::size_t> node_at(const QPointF& point) const;
  /// The edge within `reach` of the point.
  [[nodiscard]] std::optional<std::size_t> edge_at(const QPointF& point, double reach) const;
  /// Whether the point is on the port at which a new call begins, on the right of its box.
  [[nodiscard]] std::optional<std::size_t> port_at(const QPointF& point, double reach) const;
  [[nodiscard]] std::optional<std::size_t> find(const std::string& service) const;
  [[nodiscard]] std::optional<std::size_t> find_edge(const std::string& caller,
                                                     const std::string& service) const;
  [[nodiscard]] Selection selection_of_node(std::size_t node) const;
  [[nodiscard]] Selection selection_of_edge(std::size_t edge) const;

  /// Puts a box somewhere for good.
  void move(std::size_t node, const QPointF& top_left);
  /// Moves boxes by a step, all in one go.
  void shift(const std::set<std::string>& services, const QPointF& step);
  /// Lays everything out again but what is held in its place.
  void lay_out();
  /// Holds boxes where they are, or lets go of them.
  void hold(const std::set<std::string>& services, bool held);
  /// The places of boxes that a person moved.
  [[nodiscard]] Places pinned() const;
  /// Puts boxes there; all others are laid out.
  void pin(const Places& places);
  /// Puts services together; lays everything out again that nobody has put somewhere.
  void set_grouping(const Grouping& grouping);
  [[nodiscard]] const Grouping& grouping() const { return grouping_; }
  [[nodiscard]] const std::vector<SceneGroup>& groups() const { return groups_; }
  [[nodiscard]] std::optional<std::size_t> find_group(const std::string& name) const;
  /// The group whose strip, or box when it is collapsed, is under a point.
  [[nodiscard]] std::optional<std::size_t> group_at(const QPointF& point) const;
  /// Moves a collapsed box, or all members of the group, by a step.
  void move_group(std::size_t group, const QPointF& step);
  /// Lines from and to collapsed groups.
  [[nodiscard]] const std::vector<GroupLink>& links() const { return links_; }
  /// The box of a node or, past their number, of a group.
  [[nodiscard]] const QRectF& box_of(std::size_t place) const;
  /// Hides services, by index; all others are shown. Lines of what is hidden are hidden as well.
  void hide(const std::vector<bool>& services);
  /// How many services can be seen, those within collapsed groups included.
  [[nodiscard]] std::size_t shown() const;

  /// A point in which a new box is in nobody's way.
  [[nodiscard]] QPointF free_place(const QPointF& wanted) const;

 private:
  void place(bool keep_places);
  void place_grouped(bool keep_places);
  void make_room();
  void make_groups();
  void refresh_groups();
  void route();
  void route_edge(std::size_t edge);
  void shift_nodes(const std::vector<std::size_t>& nodes, const QPointF& step);

  MeshShape shape_;
  std::vector<SceneNode> nodes_;
  std::map<std::string, std::size_t> index_;  ///< Of nodes, by name.
  std::vector<SceneEdge> edges_;
  std::vector<std::vector<QPointF>> lines_;  ///< By edge, as laid out; empty once a box was moved.
  std::vector<std::string> zones_;
  Grouping grouping_;
  std::vector<SceneGroup> groups_;
  std::vector<GroupLink> links_;
  std::set<std::string> left_out_;  ///< Hidden by a person.
};

}  // namespace shaketable::gui
