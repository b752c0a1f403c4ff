#include "gui/panels/timeline_bar.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/canvas/qt_words.h"
#include "gui/panels/charts_panel.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr double kEdge = 10;
constexpr double kFaultsTop = 4, kFaultsHeight = 14;
constexpr double kErrorsTop = 21, kErrorsHeight = 16;
constexpr double kAxisTop = 41;

QFont axis_font() {
  QFont font;
  font.setPixelSize(10);
  return font;
}

}  // namespace

TimelineStrip::TimelineStrip(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Time of the run"));
  setAccessibleDescription(tr("Left and right go through the time, Home and End to its ends."));
  for (const auto change :
       {&Workbench::document_changed, &Workbench::moment_changed, &Workbench::runs_changed}) {
    connect(&workbench_, change, this, [this] { update(); });
  }
  connect(&workbench_, &Workbench::cursor_changed, this, [this] { update(); });
  connect(&workbench_, &Workbench::notes_changed, this, [this] {
    drawn_.reset();
    updateGeometry();
    update();
  });
}

void TimelineStrip::set_theme(const Theme& theme) {
  theme_ = theme;
  drawn_.reset();
  update();
}

const engine::Scenario* TimelineStrip::scenario() const {
  const RunEntry* const shown = workbench_.shown();
  return shown != nullptr ? &shown->scenario->scenario : workbench_.scenario();
}

double TimelineStrip::x_of(engine::Instant at) const {
  const double end = std::max(proxy::to_seconds(workbench_.end().time_since_epoch()), 1e-9);
  return kEdge + (width() - 2 * kEdge) * proxy::to_seconds(at.time_since_epoch()) / end;
}

engine::Instant TimelineStrip::at_x(double x) const {
  const double share = std::clamp((x - kEdge) / std::max(1.0, width() - 2 * kEdge), 0.0, 1.0);
  const auto end = static_cast<double>(proxy::nanoseconds_of(workbench_.end()));
  return engine::Instant(engine::Duration(static_cast<std::int64_t>(share * end)));
}

TimelineStrip::Drawn TimelineStrip::wanted() const {
  Drawn drawn{.revision = workbench_.document().revision(),
              .reached = workbench_.reached(),
              .end = workbench_.end(),
              .size = size() * devicePixelRatioF()};
  if (const RunEntry* const shown = workbench_.shown()) {
    drawn.run = shown->number;
    drawn.generation = shown->generation;
    drawn.acts = shown->status.acts;
    drawn.buckets = shown->history.buckets();
    drawn.events = shown->history.events().size();
  }
  return drawn;
}

// Going through the time moves the head alone.
void TimelineStrip::draw_still() {
  const double ratio = devicePixelRatioF();
  still_ = QPixmap(size() * ratio);
  still_.setDevicePixelRatio(ratio);
  QPainter painter(&still_);
  painter.fillRect(rect(), theme_.window);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.translate(0, notes_high());
  draw_errors(painter);
  draw_faults(painter);
  draw_events(painter);
  draw_axis(painter);
  painter.resetTransform();
  draw_notes(painter);
}

void TimelineStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  if (scenario() == nullptr) {
    painter.fillRect(rect(), theme_.window);
    return;
  }
  if (const Drawn now = wanted(); now != drawn_) {
    drawn_ = now;
    draw_still();
  }
  painter.drawPixmap(0, 0, still_);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(axis_font());
  painter.translate(0, notes_high());
  draw_head(painter);
  draw_grip(painter);
}

// A strip that is filled as far as the run came, and red by the share of failed requests.
void TimelineStrip::draw_errors(QPainter& painter) const {
  const QRectF track(kEdge, kErrorsTop, width() - 2 * kEdge, kErrorsHeight);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme_.grid);
  painter.drawRoundedRect(track, 3, 3);
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr) {
    return;
  }
  QRectF done = track;
  done.setRight(std::max(track.left(), x_of(workbench_.reached())));
  QColor fine = theme_.healthy;
  fine.setAlphaF(theme_.dark ? 0.30F : 0.22F);
  painter.setBrush(fine);
  painter.drawRoundedRect(done, 3, 3);
  painter.setRenderHint(QPainter::Antialiasing, false);
  const RunHistory& history = shown->history;
  const int columns = static_cast<int>(done.width());
  const auto bucket = static_cast<double>(std::max<std::int64_t>(history.bucket().count(), 1));
  for (int column = 0; column < columns; ++column) {
    const auto from = static_cast<double>(proxy::nanoseconds_of(at_x(track.left() + column)));
    const auto to = static_cast<double>(proxy::nanoseconds_of(at_x(track.left() + column + 1)));
    double worst = 0;
    for (auto i = static_cast<std::size_t>(from / bucket);
         i <= static_cast<std::size_t>(to / bucket) && i < history.buckets(); ++i) {
      worst = std::max(worst, history.clients_at(i).error_share());
    }
    if (worst > 0.0005) {
      const double high = std::max(2.0, track.height() * std::sqrt(worst));
      painter.fillRect(QRectF(track.left() + column, track.bottom() - high, 1, high),
                       theme_.failing);
    }
  }
  painter.setRenderHint(QPainter::Antialiasing);
}

void TimelineStrip::draw_faults(QPainter& painter) const {
  std::vector<ChartBand> bands = fault_bands(*scenario(), workbench_.end());
  std::stable_sort(bands.begin(), bands.end(),
                   [](const ChartBand& a, const ChartBand& b) { return a.from < b.from; });
  std::vector<QRectF> behind, bars;
  for (const ChartBand& band : bands) {
    const double left = x_of(band.from);
    const double wide = std::max(x_of(band.to) - left, 3.0);
    behind.emplace_back(left, kFaultsTop, wide, kAxisTop - kFaultsTop);
    bars.emplace_back(left, kFaultsTop, wide, 3);
  }
  fill_bands(painter, behind, theme_.fault_band);
  fill_bands(painter, bars, theme_.failing);
  draw_fault_names(painter, bands);
  if (workbench_.is_outdated() && workbench_.scenario() != nullptr) {
    painter.setPen(QPen(theme_.failing, 1, Qt::DashLine));
    painter.setBrush(Qt::NoBrush);
    for (const ChartBand& band : fault_bands(*workbench_.scenario(), workbench_.end())) {
      const double left = x_of(band.from);
      painter.drawRect(QRectF(left, kFaultsTop, std::max(x_of(band.to) - left, 3.0), 4));
    }
  }
}

// Each where the one before it ends; behind it, how many there was no room for.
void TimelineStrip::draw_fault_names(QPainter& painter, const std::vector<ChartBand>& bands) const {
  struct Name {
    double left = 0;
    QString text;
    int more = 0;
  };
  painter.setFont(axis_font());
  const auto wide = [&](const QString& text) {
    return painter.fontMetrics().horizontalAdvance(text) + 8.0;
  };
  std::vector<Name> names;
  for (const ChartBand& band : bands) {
    const double from = x_of(band.from);
    if (names.empty() || from >= names.back().left + wide(names.back().text)) {
      names.push_back({std::min(from + 3, width() - wide(band.name)), band.name});
    } else {
      ++names.back().more;
    }
  }
  painter.setPen(theme_.text);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double right = i + 1 < names.size() ? names[i + 1].left : width();
    QString text = names[i].text;
    if (names[i].more > 0) {
      const QString with_more = text + QStringLiteral("  +%1").arg(names[i].more);
      text = names[i].left + wide(with_more) <= right ? with_more : text;
    }
    painter.drawText(QRectF(names[i].left, kFaultsTop + 3, wide(text), kFaultsHeight),
                     Qt::AlignLeft | Qt::AlignVCenter, text);
  }
}

void TimelineStrip::draw_events(QPainter& painter) const {
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr) {
    return;
  }
  double last = -10;
  for (const engine::RunEvent& event : shown->history.events()) {
    const double x = x_of(event.at);
    if (!is_turning_point(event.kind) || x - last < 2.5) {
      continue;
    }
    last = x;
    const bool is_bad = event.kind == engine::EventKind::kCircuitOpen ||
                        event.kind == engine::EventKind::kInstanceDown ||
                        event.kind == engine::EventKind::kEjection ||
                        event.kind == engine::EventKind::kPanic;
    painter.setPen(QPen(is_bad ? theme_.failing : theme_.muted, 1.4));
    painter.drawLine(QPointF(x, kErrorsTop - 2), QPointF(x, kErrorsTop + kErrorsHeight + 3));
  }
}

void TimelineStrip::draw_axis(QPainter& painter) const {
  const double seconds = proxy::to_seconds(workbench_.end().time_since_epoch());
  double step = 0.1;
  for (const double wanted : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0,
                              600.0, 1800.0, 3600.0, 7200.0, 14400.0}) {
    step = wanted;
    if (seconds / wanted * 62 <= width() - 2 * kEdge) {
      break;
    }
  }
  painter.setFont(axis_font());
  for (double at = 0; at <= seconds + 1e-6; at += step) {
    const engine::Instant instant{engine::Duration(static_cast<std::int64_t>(at * 1e9))};
    const double x = x_of(instant);
    painter.setPen(theme_.border);
    painter.drawLine(QPointF(x, kAxisTop - 1), QPointF(x, kAxisTop + 3));
    painter.setPen(theme_.muted);
    const QString text =
        step < 1 ? clock_text(instant) : clock_text(instant).section(QLatin1Char('.'), 0, 0);
    const double left = std::clamp(x - 22, 0.0, width() - 44.0);
    painter.drawText(QRectF(left, kAxisTop + 2, 44, 14), Qt::AlignCenter, text);
  }
}

void TimelineStrip::draw_head(QPainter& painter) const {
  if (const auto cursor = workbench_.cursor()) {
    const double x = x_of(*cursor);
    painter.setPen(QPen(theme_.muted, 1, Qt::DashLine));
    painter.drawLine(QPointF(x, kFaultsTop), QPointF(x, kAxisTop));
  }
  if (workbench_.shown() == nullptr) {
    return;
  }
  const double x = x_of(workbench_.moment());
  painter.setPen(QPen(theme_.accent, 2));
  painter.drawLine(QPointF(x, kFaultsTop), QPointF(x, kAxisTop));
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme_.accent);
  painter.drawPolygon(QPolygonF{QPointF(x - 6, kFaultsTop - 3), QPointF(x + 6, kFaultsTop - 3),
                                QPointF(x, kFaultsTop + 6)});
}

void TimelineStrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) {
    return;
  }
  grip_ = grip_at(event->position());
  if (!grip_) {
    const auto note = note_at(event->position());
    workbench_.play_back(0);
    workbench_.look_at(note ? workbench_.notes()[*note].at : at_x(event->position().x()));
  }
}

void TimelineStrip::mouseMoveEvent(QMouseEvent* event) {
  if (scenario() != nullptr) {
    workbench_.point_at(at_x(event->position().x()));
  }
  if (grip_) {
    grip_->moved = event->position().x() - grip_->from;
  } else if (event->buttons().testFlag(Qt::LeftButton)) {
    workbench_.look_at(at_x(event->position().x()));
  } else {
    const auto grip = grip_at(event->position());
    setCursor(!grip ? Qt::ArrowCursor : grip->end ? Qt::SizeHorCursor : Qt::OpenHandCursor);
  }
  update();
}

void TimelineStrip::mouseReleaseEvent(QMouseEvent*) {
  if (const auto grip = std::exchange(grip_, std::nullopt)) {
    if (std::abs(grip->moved) >= 3) {
      drop(*grip);
    } else {
      workbench_.play_back(0);
      workbench_.look_at(at_x(grip->from));
    }
  }
  update();
}

void TimelineStrip::leaveEvent(QEvent*) { workbench_.point_at(std::nullopt); }

void TimelineStrip::keyPressEvent(QKeyEvent* event) {
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr) {
    QWidget::keyPressEvent(event);
    return;
  }
  const engine::Duration step =
      shown->history.bucket() * (event->modifiers().testFlag(Qt::ShiftModifier) ? 10 : 1);
  const auto go = [this](engine::Instant to) {
    workbench_.play_back(0);
    workbench_.look_at(to);
  };
  if (event->key() == Qt::Key_Left) {
    go(workbench_.moment() - step);
  } else if (event->key() == Qt::Key_Right) {
    go(workbench_.moment() + step);
  } else if (event->key() == Qt::Key_Home) {
    go(engine::Instant{});
  } else if (event->key() == Qt::Key_End) {
    go(workbench_.reached());
  } else {
    QWidget::keyPressEvent(event);
  }
}

QString TimelineStrip::tip_at(double x) const {
  QString tip = clock_text(at_x(x));
  for (const Note& note : workbench_.notes()) {
    if (std::abs(x_of(note.at) - x) <= 4) {
      tip += QStringLiteral("\n%1  %2").arg(clock_text(note.at), words(note.text));
    }
  }
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr) {
    return tip;
  }
  int lines = 0;
  for (const engine::RunEvent& event : shown->history.events()) {
    if (is_turning_point(event.kind) && std::abs(x_of(event.at) - x) <= 4 && ++lines <= 8) {
      tip += QStringLiteral("\n%1  %2")
                 .arg(clock_text(event.at), words_of(shown->scenario->scenario, event));
    }
  }
  return tip;
}

bool TimelineStrip::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    auto* const help = static_cast<QHelpEvent*>(event);
    QToolTip::showText(help->globalPos(), tip_at(help->pos().x()), this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace shaketable::gui
