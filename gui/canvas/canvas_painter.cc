#include "gui/canvas/canvas_painter.h"

#include <algorithm>

#include "gui/canvas/edge_painter.h"
#include "gui/canvas/mark_room.h"
#include "gui/canvas/node_painter.h"

namespace shaketable::gui {

DrawnMarks draw_mesh(QPainter& painter, const Picture& picture, double scale,
                     const QRectF& visible) {
  MarkRoom room(picture.scene, visible);
  EdgePainter lines(painter, picture, scale, room);
  const auto& edges = picture.scene.edges();
  for (const bool is_troubled : {false, true}) {  // What fails is not hidden by what does not.
    for (std::size_t e = 0; e < edges.size(); ++e) {
      if (!edges[e].hidden && lines.is_troubled(e) == is_troubled &&
          edges[e].reach.adjusted(-20, -20, 20, 20).intersects(visible)) {
        lines.draw(e);
      }
    }
  }
  NodePainter boxes(painter, picture, scale, room);
  const auto& nodes = picture.scene.nodes();
  std::vector<std::size_t> drawn;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (!nodes[n].hidden && nodes[n].box.adjusted(-20, -30, 20, 30).intersects(visible)) {
      boxes.draw(n);
      drawn.push_back(n);
    }
  }
  for (const std::size_t n : drawn) {
    boxes.draw_note(n);
  }
  const std::size_t on_boxes = room.marks().size();
  for (std::size_t e = 0; e < edges.size(); ++e) {
    if (!edges[e].hidden && visible.contains(edges[e].at(0.5))) {
      lines.draw_marks(e);
    }
  }
  const auto first_on_line = room.marks().begin() + static_cast<std::ptrdiff_t>(on_boxes);
  return {.on_boxes = {room.marks().begin(), first_on_line},
          .on_lines = {first_on_line, room.marks().end()}};
}

void draw_overview(QPainter& painter, const Picture& picture, const QRectF& target,
                   const QRectF& visible) {
  const QRectF bounds = picture.scene.bounds();
  if (bounds.isEmpty()) {
    return;
  }
  QColor ground = picture.theme.panel;
  ground.setAlphaF(0.92F);
  painter.setPen(QPen(picture.theme.border, 1));
  painter.setBrush(ground);
  painter.drawRoundedRect(target.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
  const QRectF inner = target.adjusted(6, 6, -6, -6);
  const double scale = std::min(inner.width() / bounds.width(), inner.height() / bounds.height());
  const auto place = [&](const QRectF& box) {
    const QPointF at = inner.center() + (box.topLeft() - bounds.center()) * scale;
    return QRectF(at, box.size() * scale);
  };
  const auto& nodes = picture.scene.nodes();
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n].hidden) {
      continue;
    }
    const bool has_run =
        picture.look != nullptr && n < picture.look->nodes.size() && picture.look->nodes[n].has_run;
    QRectF box = place(nodes[n].box);
    box.setWidth(std::max(box.width(), 2.0));
    box.setHeight(std::max(box.height(), 1.5));
    painter.fillRect(box, picture.is_selected(nodes[n].name) ? picture.theme.text
                          : has_run ? picture.theme.of(picture.look->nodes[n].health)
                                    : picture.theme.border);
  }
  for (const SceneGroup& group : picture.scene.groups()) {
    if (!group.hidden && group.collapsed) {
      painter.fillRect(place(group.box), picture.theme.muted);
    }
  }
  painter.setPen(QPen(picture.theme.accent, 1.5));
  painter.setBrush(picture.theme.selection);
  painter.drawRect(place(visible).intersected(target.adjusted(2, 2, -2, -2)));
}

void draw_health_glyph(QPainter& painter, NodeHealth health, const QPointF& centre, double size,
                       const QColor& color) {
  const double r = size / 2;
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  switch (health) {
    case NodeHealth::kNoData:
      painter.setPen(QPen(color, 1.5, Qt::DotLine));
      painter.setBrush(Qt::NoBrush);
      painter.drawEllipse(centre, r - 1, r - 1);
      return;
    case NodeHealth::kHealthy:
      painter.drawEllipse(centre, r, r);
      return;
    case NodeHealth::kDegraded:
      painter.drawPolygon(QPolygonF{centre + QPointF(0, -r), centre + QPointF(r, r * 0.85),
                                    centre + QPointF(-r, r * 0.85)});
      return;
    case NodeHealth::kFailing:
      painter.drawPolygon(QPolygonF{centre + QPointF(0, -r * 1.15), centre + QPointF(r * 1.15, 0),
                                    centre + QPointF(0, r * 1.15), centre + QPointF(-r * 1.15, 0)});
      return;
    case NodeHealth::kDown:
      painter.drawRect(QRectF(centre - QPointF(r, r * 0.45), QSizeF(size, size * 0.45)));
      return;
  }
}

}  // namespace shaketable::gui
