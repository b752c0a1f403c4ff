#include <QDragEnterEvent>
#include <QPainter>

#include "gui/canvas/canvas_view.h"

// Parts of the palette that are dropped on the drawing.
namespace shaketable::gui {

void CanvasView::dragEnterEvent(QDragEnterEvent* event) {
  dragged_part_ = part_of(*event->mimeData());
  event->setAccepted(dragged_part_.has_value());
}

void CanvasView::dragMoveEvent(QDragMoveEvent* event) {
  const auto target =
      dragged_part_ ? dragged_part_->target(at(event->position())) : std::optional<Selection>();
  event->setAccepted(target.has_value());
  if (target != drop_) {
    drop_ = target;
    update();
  }
}

void CanvasView::dragLeaveEvent(QDragLeaveEvent*) {
  dragged_part_.reset();
  drop_.reset();
  update();
}

void CanvasView::dropEvent(QDropEvent* event) {
  const auto part = part_of(*event->mimeData());
  const auto target = part ? part->target(at(event->position())) : std::optional<Selection>();
  dragged_part_.reset();
  drop_.reset();
  update();
  event->setAccepted(target.has_value());
  if (target) {
    event->acceptProposedAction();
    Q_EMIT part_dropped(part->key, *target, to_scene(event->position()));
  }
}

// Where what is dragged would land.
void CanvasView::draw_drop(QPainter& painter) const {
  if (!drop_) {
    return;
  }
  painter.setPen(QPen(theme_.accent, 3));
  painter.setBrush(Qt::NoBrush);
  if (drop_->kind == Selection::Kind::kService) {
    if (const auto node = scene_.find(drop_->service)) {
      painter.drawRoundedRect(scene_.nodes()[*node].box.adjusted(-5, -5, 5, 5), 12, 12);
    }
  } else if (drop_->kind == Selection::Kind::kEdge) {
    if (const auto edge = scene_.find_edge(drop_->caller, drop_->service)) {
      painter.drawPath(scene_.edges()[*edge].path);
    }
  }
}

}  // namespace shaketable::gui
