#include "gui/analysis/lanes_view.h"

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/chart_link.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kRowHigh = 20, kFirst = 4;
constexpr double kNames = 210, kStates = 250;

QFont row_font(bool bold = false) {
  QFont font;
  font.setPixelSize(11);
  font.setWeight(bold ? QFont::DemiBold : QFont::Normal);
  return font;
}

QString title_of(engine::LaneKind kind) {
  switch (kind) {
    case engine::LaneKind::kFault:
      return QObject::tr("Faults");
    case engine::LaneKind::kConfigPush:
      return QObject::tr("Configuration pushes");
    case engine::LaneKind::kCircuit:
      return QObject::tr("Circuit breakers");
    case engine::LaneKind::kRetryBudget:
      return QObject::tr("Retry limits");
    case engine::LaneKind::kEjection:
      return QObject::tr("Ejected hosts");
    case engine::LaneKind::kPanic:
      return QObject::tr("Panic routing");
    case engine::LaneKind::kQueueFull:
      return QObject::tr("Full queues");
    case engine::LaneKind::kInstanceDown:
      return QObject::tr("Dead instances");
    case engine::LaneKind::kScale:
      return QObject::tr("Scaling");
  }
  return {};
}

// What a lane is outside of its spans.
QString idle_word(engine::LaneKind kind) {
  switch (kind) {
    case engine::LaneKind::kCircuit:
      return QObject::tr("closed");
    case engine::LaneKind::kEjection:
      return QObject::tr("in use");
    case engine::LaneKind::kInstanceDown:
      return QObject::tr("up");
    case engine::LaneKind::kScale:
      return QObject::tr("as in the file");
    case engine::LaneKind::kFault:
    case engine::LaneKind::kConfigPush:
    case engine::LaneKind::kRetryBudget:
    case engine::LaneKind::kPanic:
    case engine::LaneKind::kQueueFull:
      break;
  }
  return QStringLiteral("–");
}

// "OPEN: max_requests = 10 (7,430 refused)".
QString span_text(engine::LaneKind kind, const engine::LaneSpan& span) {
  QString text = QString::fromLatin1(engine::span_word(kind)).toUpper();
  if (!span.reason.empty()) {
    text += QStringLiteral(": ") + words(span.reason);
  }
  if (span.count > 1) {
    const QString count = words(engine::format_count(span.count));
    text += kind == engine::LaneKind::kEjection ? QObject::tr(", by %1 sidecars").arg(count)
            : kind == engine::LaneKind::kCircuit || kind == engine::LaneKind::kRetryBudget
                ? QObject::tr(", %1 refused").arg(count)
                : QObject::tr(", %1 times").arg(count);
  }
  return text;
}

const engine::LaneSpan* span_at(const engine::Lane& lane, engine::Instant at) {
  const auto found =
      std::find_if(lane.spans.begin(), lane.spans.end(),
                   [at](const engine::LaneSpan& span) { return span.from <= at && at < span.to; });
  return found == lane.spans.end() ? nullptr : &*found;
}

}  // namespace

LanesView::LanesView(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("lanes"));
  setAccessibleName(tr("States over time"));
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  connect(&workbench_, &Workbench::analysis_changed, this, &LanesView::refresh);
  connect(&workbench_, &Workbench::runs_changed, this, &LanesView::refresh);
  for (const auto change : {&Workbench::moment_changed, &Workbench::cursor_changed}) {
    connect(&workbench_, change, this, [this] { update(); });
  }
}

void LanesView::set_theme(const Theme& theme) {
  theme_ = theme;
  update();
}

void LanesView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

const engine::Lanes* LanesView::lanes() const {
  return run_ == nullptr ? nullptr : &run_->run.verdict.analysis.lanes;
}

const engine::Lane* LanesView::lane_of(std::size_t row) const {
  return lanes() == nullptr || row >= rows_.size() || rows_[row].is_heading()
             ? nullptr
             : &lanes()->lanes[rows_[row].lane];
}

void LanesView::refresh() {
  const auto run = workbench_.analysed();
  if (!isVisible() || run == run_) {
    return;
  }
  run_ = run;
  rows_.clear();
  if (lanes() != nullptr) {
    std::optional<engine::LaneKind> kind;
    for (std::size_t i = 0; i < lanes()->lanes.size(); ++i) {
      const engine::Lane& lane = lanes()->lanes[i];
      if (lane.kind != kind) {
        kind = lane.kind;
        rows_.push_back({.heading = title_of(lane.kind), .lane = i});
      }
      rows_.push_back({.heading = {}, .lane = i});
    }
  }
  updateGeometry();
  update();
}

QSize LanesView::sizeHint() const {
  return {800, 2 * kFirst + kRowHigh * static_cast<int>(std::max<std::size_t>(rows_.size(), 3))};
}

QRectF LanesView::track_of(std::size_t row) const {
  const double top = kFirst + kRowHigh * static_cast<double>(row);
  return {kNames, top + 3, std::max(60.0, width() - kNames - kStates), kRowHigh - 6.0};
}

double LanesView::x_of(engine::Instant at) const {
  const QRectF track = track_of(0);
  const double end = std::max(proxy::to_seconds(workbench_.end().time_since_epoch()), 1e-9);
  const double share = proxy::to_seconds(at.time_since_epoch()) / end;
  return track.left() + track.width() * std::clamp(share, 0.0, 1.0);
}

engine::Instant LanesView::at_x(double x) const {
  const QRectF track = track_of(0);
  const double share = std::clamp((x - track.left()) / track.width(), 0.0, 1.0);
  return engine::Instant(engine::Duration(static_cast<std::int64_t>(
      share * static_cast<double>(proxy::nanoseconds_of(workbench_.end())))));
}

QPoint LanesView::point_of(std::size_t row, engine::Instant at) const {
  return {static_cast<int>(x_of(at)), static_cast<int>(track_of(row).center().y())};
}

QColor LanesView::color_of(engine::LaneKind kind) const {
  switch (kind) {
    case engine::LaneKind::kFault:
      return theme_.no_data;
    case engine::LaneKind::kConfigPush:
    case engine::LaneKind::kScale:
      return theme_.healthy;
    case engine::LaneKind::kCircuit:
    case engine::LaneKind::kQueueFull:
      return theme_.failing;
    case engine::LaneKind::kRetryBudget:
    case engine::LaneKind::kPanic:
      return theme_.degraded;
    case engine::LaneKind::kEjection:
    case engine::LaneKind::kInstanceDown:
      break;
  }
  return theme_.down;
}

QString LanesView::state_of(const engine::Lane& lane) const {
  const engine::LaneSpan* const span = span_at(lane, workbench_.moment());
  return span == nullptr ? idle_word(lane.kind) : span_text(lane.kind, *span);
}

// "Ejected hosts · payment 1 of 3" at the moment.
QString LanesView::heading_of(engine::LaneKind kind) const {
  QString text = title_of(kind);
  const auto& look = workbench_.look();
  if (kind != engine::LaneKind::kEjection || !look || run_ == nullptr) {
    return text;
  }
  const auto& services = run_->scenario.scenario.mesh.services;
  for (std::size_t s = 0; s < look->nodes.size() && s < services.size(); ++s) {
    if (look->nodes[s].ejected > 0) {
      text += tr(" · %1: %2 of %3")
                  .arg(words(services[s].name))
                  .arg(look->nodes[s].ejected)
                  .arg(look->nodes[s].instances);
    }
  }
  return text;
}

void LanesView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme_.panel);
  painter.setFont(row_font());
  if (rows_.empty()) {
    painter.setPen(theme_.muted);
    painter.drawText(rect().adjusted(12, 6, -12, 0), Qt::AlignLeft | Qt::AlignTop,
                     run_ == nullptr
                         ? tr("Run the scenario: circuits, ejections, panics, full queues and "
                              "pushes stand here as lanes over time.")
                         : tr("No fault, no breaker, no ejection, no full queue: nothing changed "
                              "its state."));
    return;
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const double top = kFirst + kRowHigh * static_cast<double>(row);
    if (top + kRowHigh >= event->rect().top() && top <= event->rect().bottom()) {
      draw_row(painter, row);
    }
  }
  draw_times(painter);
}

void LanesView::draw_row(QPainter& painter, std::size_t row) const {
  const QRectF track = track_of(row);
  const auto text = [&](const QRectF& box, const QString& words_, const QColor& color, bool bold) {
    painter.setFont(row_font(bold));
    painter.setPen(color);
    const QFontMetricsF metrics(painter.font());
    painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(words_, Qt::ElideRight, box.width()));
  };
  const engine::Lane& lane = lanes()->lanes[rows_[row].lane];
  if (rows_[row].is_heading()) {
    text(QRectF(10, track.top() - 3, width() - 20, kRowHigh), heading_of(lane.kind), theme_.text,
         true);
    return;
  }
  text(QRectF(22, track.top() - 3, kNames - 28, kRowHigh), words(lane.name), theme_.text, false);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme_.grid);
  painter.drawRoundedRect(track, 2, 2);
  const QColor color = color_of(lane.kind);
  painter.setFont(row_font());
  for (const engine::LaneSpan& span : lane.spans) {
    QRectF box(track);
    box.setLeft(x_of(span.from));
    box.setRight(std::max(x_of(std::min(span.to, workbench_.end())), box.left() + 2.5));
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawRoundedRect(box, 2, 2);
    if (box.width() > 60) {
      painter.setPen(theme_.panel);
      const QFontMetricsF metrics(painter.font());
      painter.drawText(
          box.adjusted(5, 0, -3, 0), Qt::AlignLeft | Qt::AlignVCenter,
          metrics.elidedText(span_text(lane.kind, span), Qt::ElideRight, box.width() - 8));
    }
  }
  const bool is_on = span_at(lane, workbench_.moment()) != nullptr;
  text(QRectF(track.right() + 10, track.top() - 3, kStates - 16, kRowHigh), state_of(lane),
       is_on ? color : theme_.muted, is_on);
}

void LanesView::draw_times(QPainter& painter) const {
  const double bottom = kFirst + kRowHigh * static_cast<double>(rows_.size());
  const auto line = [&](engine::Instant at, const QPen& pen) {
    painter.setPen(pen);
    painter.drawLine(QPointF(x_of(at), kFirst), QPointF(x_of(at), bottom));
  };
  line(workbench_.moment(), QPen(theme_.accent, 1.4));
  if (const auto cursor = workbench_.cursor()) {
    line(*cursor, QPen(theme_.muted, 1, Qt::DashLine));
  }
}

void LanesView::mousePressEvent(QMouseEvent* event) {
  const auto row =
      static_cast<std::size_t>(std::max(0.0, event->position().y() - kFirst) / kRowHigh);
  const engine::Lane* const lane = lane_of(row);
  if (event->button() != Qt::LeftButton || lane == nullptr) {
    return;
  }
  const engine::Scenario& scenario = run_->scenario.scenario;
  const bool on_track = track_of(row).left() <= event->position().x() &&
                        event->position().x() <= track_of(row).right();
  workbench_.play_back(0);
  if (on_track) {
    workbench_.look_at(at_x(event->position().x()));
  } else {
    workbench_.look_at(lane->spans.front().from);
  }
  if (lane->service != engine::kNone) {
    const std::string service = engine::service_name(scenario, lane->service);
    workbench_.select(
        lane->caller == engine::kNone
            ? Selection::of_service(service)
            : Selection::of_edge(engine::service_name(scenario, lane->caller), service));
  }
}

void LanesView::mouseMoveEvent(QMouseEvent* event) {
  const double x = event->position().x();
  const QRectF track = track_of(0);
  workbench_.point_at(x >= track.left() && x <= track.right() ? std::optional(at_x(x))
                                                              : std::nullopt);
}

void LanesView::leaveEvent(QEvent*) { workbench_.point_at(std::nullopt); }

QString LanesView::tip_at(const QPoint& point) const {
  const auto row = static_cast<std::size_t>(std::max(0, point.y() - kFirst) / kRowHigh);
  const engine::Lane* const lane = lane_of(row);
  if (lane == nullptr) {
    return {};
  }
  QString tip = words(lane->name);
  if (const engine::LaneSpan* const span = span_at(*lane, at_x(point.x()))) {
    tip += QStringLiteral("\n%1 – %2\n%3")
               .arg(clock_text(span->from),
                    span->to == proxy::kNever ? tr("the end") : clock_text(span->to),
                    span_text(lane->kind, *span));
  }
  tip += tr("\n%1 in all").arg(words(engine::format_duration(lane->total)));
  for (const engine::PolicyEffect& effect : lanes()->effects) {
    if (effect.kind == lane->kind && effect.service == lane->service &&
        (effect.caller == lane->caller || lane->caller == engine::kNone)) {
      tip += QLatin1Char('\n') + words(effect.text);
    }
  }
  return tip;
}

bool LanesView::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    auto* const help = static_cast<QHelpEvent*>(event);
    const QString tip = tip_at(help->pos());
    tip.isEmpty() ? QToolTip::hideText() : QToolTip::showText(help->globalPos(), tip, this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace shaketable::gui
