#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/canvas/canvas_view.h"

// Mouse and keys on the drawing.
namespace shaketable::gui {
namespace {

constexpr double kPort = 9;
constexpr qint64 kTap = 400;  // Milliseconds; a space bar that is held longer was held to pan.

}  // namespace

Selection CanvasView::at(const QPointF& point) const {
  const QPointF place = to_scene(point);
  if (const auto node = scene_.node_at(place)) {
    return scene_.selection_of_node(*node);
  }
  if (const auto edge = scene_.edge_at(place, kReach / scale_)) {
    return scene_.selection_of_edge(*edge);
  }
  return {};
}

void CanvasView::select_at(const QPointF& point, bool more) {
  const Selection hit = at(point);
  if (hit.kind == Selection::Kind::kService && more) {
    if (selected_.erase(hit.service) == 0) {
      selected_.insert(hit.service);
    }
    edge_.reset();
    Q_EMIT selection_changed(selection());
    changed();
    return;
  }
  if (hit.kind == Selection::Kind::kService && selected_.contains(hit.service)) {
    return;  // A drag moves all that are selected.
  }
  select(hit);
}

void CanvasView::mousePressEvent(QMouseEvent* event) {
  drag_from_ = event->position();
  dragged_ = false;
  if (event->button() == Qt::MiddleButton) {
    drag_ = Drag::kView;
    return;
  }
  if (event->button() != Qt::LeftButton) {
    return;
  }
  if (space_.isValid()) {
    drag_ = Drag::kView;
    space_pans_ = true;
    return;
  }
  if (overview().contains(event->position())) {
    drag_ = Drag::kOverview;
    look_at_overview(event->position());
    return;
  }
  const QPointF place = to_scene(event->position());
  port_ = scene_.port_at(place, kPort / scale_);
  if (port_) {
    drag_ = Drag::kCall;
    drag_to_ = place;
    return;
  }
  const bool is_shift = event->modifiers().testFlag(Qt::ShiftModifier);
  const bool is_more = is_shift || event->modifiers().testFlag(Qt::ControlModifier);
  if (!scene_.node_at(place)) {
    if (const auto group = scene_.group_at(place)) {
      take_group(*group, is_more);
      return;
    }
    if (is_shift) {
      drag_ = Drag::kBand;
      band_from_ = drag_to_ = place;
      return;
    }
  }
  select_at(event->position(), is_more);
  grip_ = scene_.node_at(place);
  pressed_at_ = event->position();
  shift_ = {};
  const bool copies = event->modifiers().testFlag(Qt::AltModifier);
  drag_ = !grip_ ? Drag::kView : copies ? Drag::kCopies : Drag::kBoxes;
}

// All members are selected; a drag moves the group.
void CanvasView::take_group(std::size_t group, bool more) {
  if (!more) {
    selected_.clear();
  }
  for (const std::size_t member : scene_.groups()[group].members) {
    selected_.insert(scene_.nodes()[member].name);
  }
  edge_.reset();
  group_ = group;
  drag_ = Drag::kGroup;
  Q_EMIT selection_changed(selection());
  changed();
}

void CanvasView::select_within(const QRectF& band) {
  std::set<std::string> found = selected_;
  for (const SceneNode& node : scene_.nodes()) {
    if (!node.hidden && band.intersects(node.box)) {
      found.insert(node.name);
    }
  }
  select_services(std::move(found));
}

void CanvasView::select_services(std::set<std::string> services) {
  selected_ = std::move(services);
  edge_.reset();
  Q_EMIT selection_changed(selection());
  changed();
}

void CanvasView::select_all() {
  std::set<std::string> all;
  for (const SceneNode& node : scene_.nodes()) {
    if (!node.hidden) {
      all.insert(node.name);
    }
  }
  select_services(std::move(all));
}

void CanvasView::mouseMoveEvent(QMouseEvent* event) {
  const QPointF step = event->position() - drag_from_;
  if (drag_ == Drag::kOverview) {
    look_at_overview(event->position());
    return;
  }
  if (drag_ != Drag::kNone && !dragged_ && step.manhattanLength() < 4) {
    return;
  }
  dragged_ = drag_ != Drag::kNone;
  if (drag_ == Drag::kView) {
    origin_ += step;
    fitted_ = false;
    setCursor(Qt::ClosedHandCursor);
    changed();
  } else if (drag_ == Drag::kBoxes || drag_ == Drag::kCopies) {
    drag_boxes(event->position(), event->modifiers().testFlag(Qt::ControlModifier));
  } else if (drag_ == Drag::kGroup && group_ && *group_ < scene_.groups().size()) {
    scene_.move_group(*group_, step / scale_);
    changed();
  } else if (drag_ == Drag::kCall || drag_ == Drag::kBand) {
    drag_to_ = to_scene(event->position());
    update();
    return;
  } else {
    hover(event->position());
  }
  drag_from_ = event->position();
}

// Requests on the line under the mouse stand still, so that they can be told from each other.
void CanvasView::hover(const QPointF& point) {
  const QPointF place = to_scene(point);
  const auto port = scene_.port_at(place, kPort / scale_);
  if (port != port_) {
    port_ = port;
    update();
  }
  const bool is_on_box = scene_.node_at(place).has_value();
  const auto edge = is_on_box || port ? std::nullopt : scene_.edge_at(place, kReach / scale_);
  if (!edge) {
    still_.reset();
  } else if (!still_ || still_->first != *edge) {
    still_ = {*edge, static_cast<double>(clock_.elapsed()) / 1000.0};
  }
  setCursor(is_on_box || port || edge ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void CanvasView::mouseReleaseEvent(QMouseEvent* event) {
  const Drag drag = std::exchange(drag_, Drag::kNone);
  guides_ = {};
  if (drag == Drag::kCopies && dragged_) {
    Q_EMIT copies_asked(shift_);
  } else if ((drag == Drag::kBoxes || drag == Drag::kGroup) && dragged_) {
    Q_EMIT boxes_moved();
  } else if (drag == Drag::kBand) {
    select_within(QRectF(band_from_, to_scene(event->position())).normalized());
  } else if (drag == Drag::kCall && port_) {
    const auto target = scene_.node_at(to_scene(event->position()));
    const std::string caller = scene_.nodes()[*port_].name;
    port_.reset();
    if (target && scene_.nodes()[*target].name != caller) {
      Q_EMIT connection_drawn(QString::fromStdString(caller),
                              QString::fromStdString(scene_.nodes()[*target].name));
    }
  }
  setCursor(space_.isValid() ? Qt::OpenHandCursor : Qt::ArrowCursor);
  changed();
}

void CanvasView::mouseDoubleClickEvent(QMouseEvent* event) {
  const Selection hit = at(event->position());
  const auto group = scene_.group_at(to_scene(event->position()));
  if (group && hit.kind != Selection::Kind::kService) {
    drag_ = Drag::kNone;
    Q_EMIT group_activated(QString::fromStdString(scene_.groups()[*group].name));
  } else if (hit.kind == Selection::Kind::kNothing) {
    Q_EMIT add_asked(to_scene(event->position()));
  } else {
    Q_EMIT activated(hit);
  }
}

void CanvasView::wheelEvent(QWheelEvent* event) {
  if (event->modifiers().testFlag(Qt::ControlModifier)) {
    zoom_at(event->position(), std::pow(1.0015, event->angleDelta().y()));
  } else {
    const QPoint pixels = event->pixelDelta();
    origin_ += pixels.isNull() ? QPointF(event->angleDelta()) / 2 : QPointF(pixels);
    fitted_ = false;
    changed();
  }
  event->accept();
}

void CanvasView::contextMenuEvent(QContextMenuEvent* event) {
  const bool by_key = event->reason() == QContextMenuEvent::Keyboard;
  const Selection hit = by_key ? selection() : at(event->pos());
  const auto group = scene_.group_at(to_scene(event->pos()));
  if (!by_key && group && hit.kind != Selection::Kind::kService) {
    Q_EMIT group_context_asked(QString::fromStdString(scene_.groups()[*group].name),
                               event->globalPos());
    return;
  }
  const bool is_of_many = hit.kind == Selection::Kind::kService && selected_.size() > 1 &&
                          selected_.contains(hit.service);
  if (is_of_many) {
    Q_EMIT context_asked(hit, event->globalPos());
    return;  // All that are selected stay so.
  }
  if (!by_key) {
    select(hit);
  }
  Q_EMIT context_asked(hit, event->globalPos());
}

// Tab goes through the services in the order of the layout.
void CanvasView::select_next(int step) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < scene_.nodes().size(); ++i) {
    if (!scene_.nodes()[i].hidden) {
      order.push_back(i);
    }
  }
  if (order.empty()) {
    return;
  }
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    const QPointF l = scene_.nodes()[a].box.topLeft();
    const QPointF r = scene_.nodes()[b].box.topLeft();
    return std::pair(l.x(), l.y()) < std::pair(r.x(), r.y());
  });
  std::size_t place = step > 0 ? order.size() - 1 : 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (selected_.contains(scene_.nodes()[order[i]].name)) {
      place = i;
    }
  }
  const std::size_t next =
      (place + order.size() + static_cast<std::size_t>(step + static_cast<int>(order.size()))) %
      order.size();
  select(scene_.selection_of_node(order[next]));
  reveal(scene_.nodes()[order[next]].name);
}

// Along the lines: right to what it calls, left to who calls it, up and down among those.
void CanvasView::select_along(int key) {
  const auto from = selected_.empty() ? std::nullopt : scene_.find(*selected_.begin());
  if (!from) {
    select_next(1);
    return;
  }
  const QPointF here = scene_.nodes()[*from].box.center();
  const bool is_across = key == Qt::Key_Left || key == Qt::Key_Right;
  std::optional<std::size_t> best;
  double least = 0;
  const auto consider = [&](std::size_t node) {
    const QPointF way = scene_.nodes()[node].box.center() - here;
    const bool is_ahead = is_across || (key == Qt::Key_Down ? way.y() > 0 : way.y() < 0);
    const double far = is_across ? std::abs(way.y()) : way.manhattanLength();
    if (node != *from && !scene_.nodes()[node].hidden && is_ahead && (!best || far < least)) {
      best = node;
      least = far;
    }
  };
  const auto& edges = scene_.edges();
  for (const SceneEdge& edge : edges) {
    if (is_across) {
      if ((key == Qt::Key_Right ? edge.from : edge.to) == *from) {
        consider(key == Qt::Key_Right ? edge.to : edge.from);
      }
      continue;
    }
    if (edge.to == *from) {  // What the same service calls.
      for (const SceneEdge& other : edges) {
        if (other.from == edge.from) {
          consider(other.to);
        }
      }
    }
  }
  if (best) {
    select(scene_.selection_of_node(*best));
    reveal(scene_.nodes()[*best].name);
  }
}

void CanvasView::keyPressEvent(QKeyEvent* event) {
  const double nudge = event->modifiers().testFlag(Qt::ShiftModifier) ? 10 : 1;
  const auto move = [&](const QPointF& step) {
    scene_.shift(selected_, step * nudge);
    changed();
    Q_EMIT boxes_moved();
  };
  const int key = event->key();
  const bool is_arrow =
      key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down;
  if (is_arrow && event->modifiers().testFlag(Qt::AltModifier)) {
    select_along(key);
  } else if (key == Qt::Key_Left) {
    move({-1, 0});
  } else if (key == Qt::Key_Right) {
    move({1, 0});
  } else if (key == Qt::Key_Up) {
    move({0, -1});
  } else if (key == Qt::Key_Down) {
    move({0, 1});
  } else if (key == Qt::Key_Plus || key == Qt::Key_Equal) {
    zoom(1.2);
  } else if (key == Qt::Key_Minus) {
    zoom(1 / 1.2);
  } else if (key == Qt::Key_Escape) {
    select({});
  } else if (key == Qt::Key_Space && event->modifiers() == Qt::NoModifier) {
    if (!event->isAutoRepeat()) {
      space_.start();
      space_pans_ = false;
      setCursor(Qt::OpenHandCursor);
    }
  } else if (key == Qt::Key_Return || key == Qt::Key_Enter) {
    Q_EMIT activated(selection());
  } else {
    QWidget::keyPressEvent(event);
  }
}

// A tap on the space bar runs and pauses; held, it lets the view be dragged wherever the mouse is.
void CanvasView::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() != Qt::Key_Space || event->isAutoRepeat() || !space_.isValid()) {
    QWidget::keyReleaseEvent(event);
    return;
  }
  const bool is_tap = !space_pans_ && space_.elapsed() < kTap;
  release_space();
  if (is_tap) {
    Q_EMIT run_asked();
  }
}

void CanvasView::focusOutEvent(QFocusEvent* event) {
  release_space();
  QWidget::focusOutEvent(event);
}

void CanvasView::release_space() {
  if (space_.isValid()) {
    space_.invalidate();
    setCursor(Qt::ArrowCursor);
  }
}

}  // namespace shaketable::gui
