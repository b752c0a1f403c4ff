#pragma once

#include <QRectF>
#include <vector>

#include "gui/canvas/canvas_scene.h"

namespace shaketable::gui {

/// Where small things of a drawing may stand: badges, notes and figures hide neither boxes nor each
/// other. All rectangles are in scene units.
class MarkRoom {
 public:
  /// Boxes of services and collapsed groups that reach into `visible` are taken.
  MarkRoom(const CanvasScene& scene, const QRectF& visible);

  /// Whether nothing stands there but, perhaps, the mark's own box.
  [[nodiscard]] bool is_free(const QRectF& place, const QRectF& own = {}) const;
  void take(const QRectF& place) { marks_.push_back(place); }
  /// What was taken by marks, in their order.
  [[nodiscard]] const std::vector<QRectF>& marks() const { return marks_; }

 private:
  std::vector<QRectF> boxes_, marks_;
};

}  // namespace shaketable::gui
