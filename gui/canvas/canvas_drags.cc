#include <algorithm>

#include "gui/canvas/canvas_view.h"
#include "gui/canvas/group_painter.h"

// Boxes that are dragged, and pictures of a part of the mesh.
namespace shaketable::gui {
namespace {

constexpr double kSnap = 6;  // Pixels on the screen.
constexpr double kMargin = 22;

}  // namespace

// How far the drag has come, in line with a box that stands nearby unless it is to be free.
QPointF CanvasView::dragged_by(const QPointF& point, bool freely) {
  const QPointF wanted = (point - pressed_at_) / scale_;
  guides_ = {};
  if (freely || !grip_) {
    return wanted;
  }
  std::vector<QRectF> others;
  for (const SceneNode& node : scene_.nodes()) {
    const bool stays = drag_ == Drag::kCopies || !selected_.contains(node.name);
    if (!node.hidden && stays && node.box.intersects(visible())) {
      others.push_back(node.box);
    }
  }
  const QRectF grip =
      scene_.nodes()[*grip_].box.translated(drag_ == Drag::kCopies ? wanted : wanted - shift_);
  guides_ = snap_to(grip, others, kSnap / scale_);
  return wanted + guides_.by;
}

void CanvasView::drag_boxes(const QPointF& point, bool freely) {
  const QPointF by = dragged_by(point, freely);
  if (drag_ == Drag::kBoxes) {
    scene_.shift(selected_, by - shift_);
    changed();
  }
  shift_ = by;
  update();
}

// Lines through the edges that are in line.
void CanvasView::draw_guides(QPainter& painter) const {
  const QRectF seen = visible();
  painter.setPen(QPen(theme_.accent, 1 / scale_, Qt::DashLine));
  if (guides_.left) {
    painter.drawLine(QPointF(*guides_.left, seen.top()), QPointF(*guides_.left, seen.bottom()));
  }
  if (guides_.top) {
    painter.drawLine(QPointF(seen.left(), *guides_.top), QPointF(seen.right(), *guides_.top));
  }
}

// Where copies would stand.
void CanvasView::draw_copies(QPainter& painter) const {
  if (drag_ != Drag::kCopies || !dragged_) {
    return;
  }
  painter.setPen(QPen(theme_.accent, 1.6 / scale_, Qt::DashLine));
  painter.setBrush(theme_.selection);
  for (const SceneNode& node : scene_.nodes()) {
    if (selected_.contains(node.name)) {
      painter.drawRoundedRect(node.box.translated(shift_), 9, 9);
    }
  }
}

CanvasScene CanvasView::scene_of(const std::set<std::string>& services) const {
  CanvasScene part = scene_;
  std::vector<bool> others;
  for (const SceneNode& node : scene_.nodes()) {
    others.push_back(!services.contains(node.name));
  }
  part.hide(others);
  return part;
}

QRectF CanvasView::drawn_bounds(const std::set<std::string>* services) const {
  const QRectF bounds = services == nullptr ? scene_.bounds() : scene_of(*services).bounds();
  return bounds.isEmpty() ? bounds : bounds.adjusted(-kMargin, -kMargin, kMargin, kMargin);
}

void CanvasView::draw(QPainter& painter, const QRectF& target,
                      const std::set<std::string>* services) const {
  const QRectF bounds = drawn_bounds(services);
  if (bounds.isEmpty()) {
    return;
  }
  const CanvasScene part = services == nullptr ? CanvasScene() : scene_of(*services);
  Picture shown = picture_of(services == nullptr ? scene_ : part);
  if (services != nullptr) {
    shown.selected = nullptr;  // That they are chosen goes without saying.
  }
  const double scale = std::min(target.width() / bounds.width(), target.height() / bounds.height());
  painter.save();
  painter.fillRect(target, theme_.canvas);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.translate(target.center());
  painter.scale(scale, scale);
  painter.translate(-bounds.center());
  draw_groups(painter, shown, 1.0, bounds);
  draw_mesh(painter, shown, 1.0, bounds);
  painter.restore();
}

}  // namespace shaketable::gui
