#pragma once

#include <QPainter>
#include <QRectF>

#include "gui/canvas/canvas_painter.h"

namespace shaketable::gui {

/// Draws the groups of a mesh, below its boxes: frames with a name, and collapsed groups as one box
/// that tells how its members do, with the lines from and to it. Painter and `scale` as for
/// `draw_mesh`.
void draw_groups(QPainter& painter, const Picture& picture, double scale, const QRectF& visible);

/// How the members of a group do, together: the worst state, and what they answer.
struct GroupLook {
  NodeHealth health = NodeHealth::kNoData;
  double rate = 0;
  std::size_t members = 0, failing = 0, degraded = 0, down = 0;
};

[[nodiscard]] GroupLook look_of(const SceneGroup& group, const MeshLook* look);

}  // namespace shaketable::gui
