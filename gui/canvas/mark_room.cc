#include "gui/canvas/mark_room.h"

#include <algorithm>

namespace shaketable::gui {

MarkRoom::MarkRoom(const CanvasScene& scene, const QRectF& visible) {
  const auto add = [&](const QRectF& box) {
    if (box.intersects(visible)) {
      boxes_.push_back(box);
    }
  };
  for (const SceneNode& node : scene.nodes()) {
    if (!node.hidden) {
      add(node.box);
    }
  }
  for (const SceneGroup& group : scene.groups()) {
    if (!group.hidden && group.collapsed) {
      add(group.box);
    }
  }
}

bool MarkRoom::is_free(const QRectF& place, const QRectF& own) const {
  const auto hides = [&place](const QRectF& other) { return other.intersects(place); };
  return std::none_of(boxes_.begin(), boxes_.end(),
                      [&](const QRectF& box) { return box != own && hides(box); }) &&
         std::none_of(marks_.begin(), marks_.end(), hides);
}

}  // namespace shaketable::gui
