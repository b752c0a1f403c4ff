#pragma once

#include <QPointF>
#include <QRectF>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace shaketable::gui {

/// What services are put together by.
enum class GroupBy : std::uint8_t { kNothing, kNamespace, kZone, kOwn };

/// How a person wants to see the groups of a mesh. Kept beside the scenario, as places are.
struct Grouping {
  GroupBy by = GroupBy::kNothing;
  std::map<std::string, std::vector<std::string>> own;  ///< Services by group; for kOwn.
  std::set<std::string> collapsed;                      ///< Groups that are one box.

  friend bool operator==(const Grouping&, const Grouping&) = default;
};

/// A group of the drawing: a frame around its boxes, or a box in their stead.
struct SceneGroup {
  static constexpr double kTitle = 30;  ///< Height of the strip with the name.
  static constexpr double kPadding = 16;
  static constexpr double kWidth = 220, kHeight = 96;  ///< Of a collapsed one.

  std::string name;
  GroupBy by = GroupBy::kOwn;
  std::vector<std::size_t> members;  ///< Nodes of the scene.
  bool collapsed = false;
  bool pinned = false;  ///< A person put the collapsed box there.
  bool hidden = false;  ///< None of its members can be seen.
  QRectF box;
};

/// Lines between two things of the drawing of which at least one is a collapsed group.
struct GroupLink {
  std::size_t from = 0, to = 0;    ///< Nodes, or past their number groups.
  std::vector<std::size_t> edges;  ///< Of the scene, that it stands for.
};

/// The key under which the place of a collapsed group is kept among those of services.
[[nodiscard]] std::string group_key(const std::string& name);

/// Corners of boxes and of collapsed groups, such that members of a group stand together.
struct GroupedLayout {
  std::vector<QPointF> nodes;   ///< Upper left corners, by node.
  std::vector<QPointF> groups;  ///< By group.
};

/// Lays out groups in layers, callers on the left, and inside of each its members. Deterministic.
[[nodiscard]] GroupedLayout lay_out_groups(
    std::size_t nodes, const std::vector<std::pair<std::size_t, std::size_t>>& edges,
    const std::vector<SceneGroup>& groups);

}  // namespace shaketable::gui
