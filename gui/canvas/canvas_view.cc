#include "gui/canvas/canvas_view.h"

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

namespace shaketable::gui {
namespace {

constexpr double kLeast = 0.05, kMost = 4;
constexpr double kMargin = 22;
constexpr int kDots = 1000;
constexpr int kFrame = 33;  // Milliseconds.
constexpr double kReach = 7;
constexpr double kPort = 9;

}  // namespace

CanvasView::CanvasView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(240, 160);
  setAccessibleName(tr("Topology"));
  setAccessibleDescription(
      tr("Services and their calls. The outline lists the same and can be read aloud."));
  frames_.setInterval(kFrame);
  connect(&frames_, &QTimer::timeout, this, [this] { update(); });
  clock_.start();
}

void CanvasView::set_theme(const Theme& theme) {
  theme_ = theme;
  changed();
  Q_EMIT restyled();
}

void CanvasView::show_mesh(const engine::Scenario& scenario) {
  const bool was_empty = scene_.nodes().empty();
  scene_.show(scenario, true);
  std::erase_if(selected_, [this](const std::string& name) { return !scene_.find(name); });
  edge_.reset();
  if (was_empty || fitted_) {
    fit();
  }
  changed();
}

void CanvasView::clear() {
  scene_.clear();
  look_.reset();
  selected_.clear();
  edge_.reset();
  fitted_ = true;
  changed();
}

void CanvasView::set_look(std::optional<MeshLook> look) {
  const bool fits = !look || (look->nodes.size() == scene_.nodes().size() &&
                              look->edges.size() == scene_.edges().size());
  look_ = fits ? std::move(look) : std::nullopt;
  changed();
  if (overlay_ != Overlay::kHealth) {
    Q_EMIT restyled();
  }
}

void CanvasView::set_places(const std::map<std::string, QPointF>& places) {
  scene_.lay_out();
  scene_.pin(places);
  if (fitted_) {
    fit();
  }
  changed();
}

void CanvasView::set_search(const QString& text) {
  search_ = text.trimmed();
  changed();
}

void CanvasView::set_notes(std::map<std::string, QString> notes) {
  if (notes != notes_) {
    notes_ = std::move(notes);
    changed();
  }
}

void CanvasView::set_moving(bool moving) {
  if (moving == frames_.isActive()) {
    return;
  }
  moving ? frames_.start() : frames_.stop();
  update();
  Q_EMIT restyled();
}

void CanvasView::set_selection(const Selection& selection) {
  selected_.clear();
  edge_.reset();
  if (selection.kind == Selection::Kind::kService && scene_.find(selection.service)) {
    selected_.insert(selection.service);
  } else if (selection.kind == Selection::Kind::kEdge) {
    edge_ = scene_.find_edge(selection.caller, selection.service);
  }
  changed();
}

Selection CanvasView::selection() const {
  if (edge_) {
    return scene_.selection_of_edge(*edge_);
  }
  return selected_.empty() ? Selection{} : Selection::of_service(*selected_.begin());
}

void CanvasView::select(const Selection& selection) {
  set_selection(selection);
  Q_EMIT selection_changed(selection);
}

QPointF CanvasView::to_scene(const QPointF& point) const { return (point - origin_) / scale_; }
QPointF CanvasView::to_view(const QPointF& point) const { return point * scale_ + origin_; }

QRectF CanvasView::visible() const {
  return {to_scene(QPointF(0, 0)), to_scene(QPointF(width(), height()))};
}

void CanvasView::changed() {
  is_stale_ = true;
  update();
}

// ---- the view -------------------------------------------------------------------------------

void CanvasView::fit() {
  fitted_ = true;
  const QRectF bounds = scene_.bounds().adjusted(-30, -18, 0, 16);  // The arrow into an entry.
  if (!bounds.isEmpty() && width() > 0 && height() > 0) {
    const double across = (width() - 2 * kMargin) / bounds.width();
    const double room = height() - reserved_;
    const double down = (room - 2 * kMargin) / bounds.height();
    scale_ = std::clamp(std::min(across, down), kLeast, 1.25);
    origin_ = QPointF(width(), room) / 2 - bounds.center() * scale_;
  }
  changed();
}

void CanvasView::zoom(double factor) { zoom_at(QPointF(width(), height()) / 2, factor); }

void CanvasView::reset_zoom() { zoom(1 / scale_); }

void CanvasView::zoom_at(const QPointF& point, double factor) {
  const QPointF fixed = to_scene(point);
  scale_ = std::clamp(scale_ * factor, kLeast, kMost);
  origin_ = point - fixed * scale_;
  fitted_ = false;
  changed();
}

void CanvasView::reveal(const std::string& service) {
  const auto node = scene_.find(service);
  if (node && !visible().contains(scene_.nodes()[*node].box)) {
    origin_ = QPointF(width(), height()) / 2 - scene_.nodes()[*node].box.center() * scale_;
    fitted_ = false;
    changed();
  }
}

void CanvasView::lay_out_again() {
  scene_.lay_out();
  fit();
  Q_EMIT boxes_moved();
}

// ---- drawing --------------------------------------------------------------------------------

Picture CanvasView::picture() const {
  Picture picture{.scene = scene_,
                  .look = look_ ? &*look_ : nullptr,
                  .theme = theme_,
                  .selected = selected_,
                  .edge = edge_,
                  .notes = notes_.empty() ? nullptr : &notes_,
                  .overlay = overlay_,
                  .trail = trail_.services.empty() ? nullptr : &trail_,
                  .rings = rings_.empty() ? nullptr : &rings_};
  if (!search_.isEmpty()) {
    for (const SceneNode& node : scene_.nodes()) {
      if (!QString::fromStdString(node.name).contains(search_, Qt::CaseInsensitive)) {
        picture.faded.insert(node.name);
      }
    }
  }
  return picture;
}

void CanvasView::draw_background(QPainter& painter) const {
  painter.fillRect(rect(), theme_.canvas);
  double step = 24 * scale_;
  while (step < 14) {
    step *= 4;
  }
  painter.setPen(QPen(theme_.grid, 1.6, Qt::SolidLine, Qt::RoundCap));
  const double left = std::fmod(origin_.x(), step);
  const double top = std::fmod(origin_.y(), step);
  QList<QPointF> points;
  for (double x = left; x < width(); x += step) {
    for (double y = top; y < height(); y += step) {
      points.append(QPointF(x, y));
    }
  }
  painter.drawPoints(points.data(), static_cast<int>(points.size()));
}

void CanvasView::draw_static() {
  const double ratio = devicePixelRatioF();
  const QSize wanted = size() * ratio;
  if (static_.size() != wanted) {
    static_ = QPixmap(wanted);
  }
  static_.setDevicePixelRatio(ratio);
  QPainter painter(&static_);
  painter.setRenderHint(QPainter::TextAntialiasing);
  draw_background(painter);
  // Long curves are what costs: without smooth edges while they are dragged about.
  const bool is_heavy = scene_.edges().size() > 400 && drag_ != Drag::kNone;
  painter.setRenderHint(QPainter::Antialiasing, !is_heavy);
  painter.translate(origin_);
  painter.scale(scale_, scale_);
  draw_mesh(painter, picture(), scale_, visible());
  if (const QRectF place = overview(); !place.isEmpty()) {
    painter.resetTransform();
    draw_overview(painter, picture(), place, visible());
  }
  is_stale_ = false;
}

QRectF CanvasView::overview() const {
  const QRectF bounds = scene_.bounds();
  if (bounds.isEmpty() || visible().contains(bounds) || width() < 360 || height() < 240) {
    return {};
  }
  const double wide = std::clamp(width() * 0.2, 130.0, 220.0);
  const double high =
      std::clamp(wide * bounds.height() / bounds.width() + 12, 60.0, height() * 0.3);
  return {width() - wide - 12, height() - reserved_ - high - 12, wide, high};
}

void CanvasView::look_at_overview(const QPointF& point) {
  const QRectF inner = overview().adjusted(6, 6, -6, -6);
  const QRectF bounds = scene_.bounds();
  const double scale = std::min(inner.width() / bounds.width(), inner.height() / bounds.height());
  const QPointF wanted = bounds.center() + (point - inner.center()) / scale;
  origin_ = QPointF(width(), height()) / 2 - wanted * scale_;
  fitted_ = false;
  changed();
}

void CanvasView::paintEvent(QPaintEvent*) {
  if (is_stale_ || static_.devicePixelRatio() != devicePixelRatioF()) {
    draw_static();
  }
  QPainter painter(this);
  painter.drawPixmap(0, 0, static_);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.translate(origin_);
  painter.scale(scale_, scale_);
  if (frames_.isActive() && drag_ == Drag::kNone) {
    draw_requests(painter, picture(), scale_, visible(),
                  static_cast<double>(clock_.elapsed()) / 1000.0, kDots);
  }
  draw_hover(painter);
}

void CanvasView::draw_hover(QPainter& painter) const {
  if (!port_ || *port_ >= scene_.nodes().size()) {
    return;
  }
  const QRectF& box = scene_.nodes()[*port_].box;
  const QPointF port(box.right(), box.center().y());
  if (drag_ == Drag::kCall) {
    painter.setPen(QPen(theme_.accent, 2, Qt::DashLine));
    painter.drawLine(port, drag_to_);
    if (const auto target = scene_.node_at(drag_to_)) {
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(theme_.accent, 2));
      painter.drawRoundedRect(scene_.nodes()[*target].box.adjusted(-4, -4, 4, 4), 11, 11);
    }
  }
  painter.setPen(QPen(theme_.card, 2));
  painter.setBrush(theme_.accent);
  painter.drawEllipse(port, 7, 7);
  painter.drawLine(port + QPointF(-3, 0), port + QPointF(3, 0));
  painter.drawLine(port + QPointF(0, -3), port + QPointF(0, 3));
}

void CanvasView::draw(QPainter& painter, const QRectF& target) const {
  const QRectF bounds = scene_.bounds().adjusted(-kMargin, -kMargin, kMargin, kMargin);
  if (bounds.isEmpty()) {
    return;
  }
  const double scale = std::min(target.width() / bounds.width(), target.height() / bounds.height());
  painter.save();
  painter.fillRect(target, theme_.canvas);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.translate(target.center());
  painter.scale(scale, scale);
  painter.translate(-bounds.center());
  draw_mesh(painter, picture(), 1.0, bounds);
  painter.restore();
}

// ---- hands ----------------------------------------------------------------------------------

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
  select_at(event->position(), event->modifiers().testFlag(Qt::ControlModifier) ||
                                   event->modifiers().testFlag(Qt::ShiftModifier));
  drag_ = scene_.node_at(place) ? Drag::kBoxes : Drag::kView;
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
  } else if (drag_ == Drag::kBoxes) {
    for (const std::string& name : selected_) {
      if (const auto node = scene_.find(name)) {
        scene_.move(*node, scene_.nodes()[*node].box.topLeft() + step / scale_);
      }
    }
    changed();
  } else if (drag_ == Drag::kCall) {
    drag_to_ = to_scene(event->position());
    update();
    return;
  } else {
    const auto port = scene_.port_at(to_scene(event->position()), kPort / scale_);
    if (port != port_) {
      port_ = port;
      update();
    }
    setCursor(at(event->position()).kind == Selection::Kind::kNothing && !port_
                  ? Qt::ArrowCursor
                  : Qt::PointingHandCursor);
  }
  drag_from_ = event->position();
}

void CanvasView::mouseReleaseEvent(QMouseEvent* event) {
  const Drag drag = std::exchange(drag_, Drag::kNone);
  if (drag == Drag::kBoxes && dragged_) {
    Q_EMIT boxes_moved();
  } else if (drag == Drag::kCall && port_) {
    const auto target = scene_.node_at(to_scene(event->position()));
    const std::string caller = scene_.nodes()[*port_].name;
    port_.reset();
    if (target && scene_.nodes()[*target].name != caller) {
      Q_EMIT connection_drawn(QString::fromStdString(caller),
                              QString::fromStdString(scene_.nodes()[*target].name));
    }
  }
  setCursor(Qt::ArrowCursor);
  changed();
}

void CanvasView::mouseDoubleClickEvent(QMouseEvent* event) {
  const Selection hit = at(event->position());
  if (hit.kind == Selection::Kind::kNothing) {
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
  if (!by_key) {
    select(hit);
  }
  Q_EMIT context_asked(hit, event->globalPos());
}

// Tab goes through the services in the order of the layout.
void CanvasView::select_next(int step) {
  std::vector<std::size_t> order(scene_.nodes().size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
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

void CanvasView::keyPressEvent(QKeyEvent* event) {
  const double nudge = event->modifiers().testFlag(Qt::ShiftModifier) ? 10 : 1;
  const auto move = [&](const QPointF& step) {
    for (const std::string& name : selected_) {
      if (const auto node = scene_.find(name)) {
        scene_.move(*node, scene_.nodes()[*node].box.topLeft() + step * nudge);
      }
    }
    changed();
    Q_EMIT boxes_moved();
  };
  const int key = event->key();
  if (key == Qt::Key_Left) {
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
  } else if (key == Qt::Key_Return || key == Qt::Key_Enter) {
    Q_EMIT activated(selection());
  } else {
    QWidget::keyPressEvent(event);
  }
}

bool CanvasView::event(QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Tab || key == Qt::Key_Backtab) {
      select_next(key == Qt::Key_Tab ? 1 : -1);
      return true;
    }
  }
  if (event->type() == QEvent::ToolTip) {
    auto* const help = static_cast<QHelpEvent*>(event);
    const QString tip = tip_at(help->pos());
    tip.isEmpty() ? QToolTip::hideText() : QToolTip::showText(help->globalPos(), tip, this);
    return true;
  }
  return QWidget::event(event);
}

void CanvasView::resizeEvent(QResizeEvent*) {
  if (fitted_) {
    fit();
  }
  changed();
}

void CanvasView::leaveEvent(QEvent*) {
  if (drag_ == Drag::kNone && port_) {
    port_.reset();
    update();
  }
}

}  // namespace shaketable::gui
