#include "gui/canvas/canvas_view.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/canvas/group_painter.h"

namespace shaketable::gui {
namespace {

constexpr double kLeast = 0.05, kMost = 4;
constexpr double kMargin = 22;
constexpr int kDots = 1000;
constexpr std::size_t kManyEdges = 400;
constexpr int kFrame = 33;  // Milliseconds.

}  // namespace

CanvasView::CanvasView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAcceptDrops(true);
  setMinimumSize(240, 160);
  setAccessibleName(tr("Topology"));
  setAccessibleDescription(
      tr("Services and their calls. The outline lists the same and can be read aloud."));
  frames_.setInterval(kFrame);
  connect(&frames_, &QTimer::timeout, this, [this] { update(); });
  later_.setSingleShot(true);
  connect(&later_, &QTimer::timeout, this, &CanvasView::changed);
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
  refresh_found();
  std::erase_if(selected_, [this](const std::string& name) { return !scene_.find(name); });
  edge_.reset();
  still_.reset();
  if (was_empty || fitted_) {
    fit();
  }
  changed();
  Q_EMIT restyled();
}

void CanvasView::clear() {
  scene_.clear();
  look_.reset();
  selected_.clear();
  edge_.reset();
  faded_.clear();
  fitted_ = true;
  changed();
}

void CanvasView::set_look(std::optional<MeshLook> look) {
  const bool fits = !look || (look->nodes.size() == scene_.nodes().size() &&
                              look->edges.size() == scene_.edges().size());
  look_ = fits ? std::move(look) : std::nullopt;
  changed_by_run();
  if (overlay_ != Overlay::kHealth) {
    Q_EMIT restyled();
  }
}

void CanvasView::set_places(const Places& places) {
  scene_.pin(places);
  if (fitted_) {
    fit();
  }
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

// A run changes its look thirty times a second. Where drawing it takes long, at most a fifth of the
// time is spent on it, so that hands on the drawing never wait for more than one picture.
void CanvasView::changed_by_run() {
  constexpr qint64 kDear = 30;  // Milliseconds.
  const bool is_dear = scene_.edges().size() > kManyEdges && drawing_took_ > kDear;
  const qint64 due = drawn_at_ + 5 * drawing_took_;
  if (!is_dear || clock_.elapsed() >= due) {
    changed();
  } else if (!later_.isActive()) {
    later_.start(static_cast<int>(due - clock_.elapsed()));
  }
}

// ---- the view -------------------------------------------------------------------------------

void CanvasView::fit() {
  fitted_ = true;
  const QRectF bounds = scene_.bounds().adjusted(-30, -18, 0, 16);  // The arrow into an entry.
  if (!bounds.isEmpty() && width() > 0 && height() > 0) {
    const double across = (width() - 2 * kMargin) / bounds.width();
    const double room = height() - reserved_;
    const double down = (room - 2 * kMargin) / bounds.height();
    scale_ = std::clamp(std::min(across, down), kLeast, is_large_ ? kMost : 1.25);
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

Picture CanvasView::picture_of(const CanvasScene& scene) const {
  Picture picture{.scene = scene,
                  .look = look_ ? &*look_ : nullptr,
                  .theme = theme_,
                  .selected = &selected_,
                  .edge = edge_,
                  .faded = &faded_,
                  .notes = notes_.empty() ? nullptr : &notes_,
                  .overlay = overlay_,
                  .trail = trail_.services.empty() ? nullptr : &trail_,
                  .rings = rings_.empty() ? nullptr : &rings_,
                  .still = still_,
                  .least_text = is_large_ ? 13.0 : 10.0};
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
  drawn_at_ = clock_.elapsed();
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
  const bool is_heavy = scene_.edges().size() > kManyEdges && drag_ != Drag::kNone;
  painter.setRenderHint(QPainter::Antialiasing, !is_heavy);
  painter.translate(origin_);
  painter.scale(scale_, scale_);
  draw_groups(painter, picture(), scale_, visible());
  marks_ = draw_mesh(painter, picture(), scale_, visible()).on_lines;
  if (const QRectF place = overview(); !place.isEmpty()) {
    painter.resetTransform();
    draw_overview(painter, picture(), place, visible());
  }
  is_stale_ = false;
  drawing_took_ = clock_.elapsed() - drawn_at_;
  later_.stop();
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
    Picture moving = picture();
    moving.marks = &marks_;
    draw_requests(painter, moving, scale_, visible(),
                  static_cast<double>(clock_.elapsed()) / 1000.0, kDots);
  }
  if (scene_.nodes().empty()) {
    painter.resetTransform();
    draw_hint(painter);
    return;
  }
  draw_guides(painter);
  draw_copies(painter);
  draw_hover(painter);
  draw_drop(painter);
}

void CanvasView::draw_hover(QPainter& painter) const {
  if (drag_ == Drag::kBand && dragged_) {
    painter.setPen(QPen(theme_.accent, 1.2 / scale_, Qt::DashLine));
    painter.setBrush(theme_.selection);
    painter.drawRect(QRectF(band_from_, drag_to_).normalized());
  }
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
  still_.reset();
  if (drag_ == Drag::kNone && port_) {
    port_.reset();
    update();
  }
}

}  // namespace shaketable::gui
