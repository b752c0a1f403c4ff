#include <QPainter>
#include <algorithm>

#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/scenario_panel.h"
#include "gui/workbench/words.h"

// How the tracks of a scenario look.
namespace shaketable::gui {
namespace {

constexpr double kLaneHeight = 24;

QString head_of(ScenarioLane::Kind kind) {
  switch (kind) {
    case ScenarioLane::Kind::kLoad:
      return QObject::tr("Load");
    case ScenarioLane::Kind::kFault:
      return QObject::tr("Faults");
    case ScenarioLane::Kind::kConfiguration:
      return QObject::tr("Configuration");
    case ScenarioLane::Kind::kExpectation:
      return QObject::tr("Expectations");
  }
  return {};
}

QFont lane_font(const QFont& font, int pixels, bool is_bold) {
  QFont made = font;
  made.setPixelSize(pixels);
  made.setWeight(is_bold ? QFont::DemiBold : QFont::Normal);
  return made;
}

}  // namespace

QColor lamp_color(const Theme& theme, LampState state) {
  switch (state) {
    case LampState::kHolding:
    case LampState::kHeld:
      return theme.healthy;
    case LampState::kBroken:
      return theme.failing;
    case LampState::kKnown:
      return theme.degraded;
    case LampState::kOpen:
    case LampState::kUnknown:
      break;
  }
  return theme.no_data;
}

void ScenarioTracks::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme_.panel);
  if (lanes_.empty()) {
    painter.setPen(theme_.muted);
    painter.drawText(rect(), Qt::AlignCenter,
                     tr("Load, faults and expectations of the scenario appear here."));
    return;
  }
  draw_axis(painter);
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    draw_lane(painter, i);
  }
  if (workbench_.shown() != nullptr) {
    const double x = x_of(workbench_.moment());
    painter.setPen(QPen(theme_.accent, 1.6));
    painter.drawLine(QPointF(x, kTrackAxis - 4), QPointF(x, top_of(lanes_.size())));
  }
}

void ScenarioTracks::draw_axis(QPainter& painter) const {
  const double seconds = proxy::to_seconds(workbench_.end().time_since_epoch());
  double step = 0.1;
  for (const double wanted : {0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 3600.0}) {
    step = wanted;
    if (seconds / wanted * 64 <= width() - kTrackNames - kTrackRight) {
      break;
    }
  }
  painter.setFont(lane_font(font(), 11, false));
  const double bottom = top_of(lanes_.size());
  for (double at = 0; at <= seconds + 1e-6; at += step) {
    const engine::Instant instant{engine::Duration(static_cast<std::int64_t>(at * 1e9))};
    const double x = x_of(instant);
    painter.setPen(QPen(theme_.grid, 1));
    painter.drawLine(QPointF(x, kTrackAxis - 3), QPointF(x, bottom));
    painter.setPen(theme_.muted);
    const QString text =
        step < 1 ? clock_text(instant) : clock_text(instant).section(QLatin1Char('.'), 0, 0);
    painter.drawText(QRectF(x - 30, 2, 60, kTrackAxis - 6), Qt::AlignCenter, text);
  }
}

void ScenarioTracks::draw_lane(QPainter& painter, std::size_t i) const {
  const ScenarioLane& lane = lanes_[i];
  const double top = top_of(i);
  const bool is_first = i == 0 || lanes_[i - 1].kind != lane.kind;
  if (is_first) {
    painter.setPen(QPen(theme_.border, 1));
    painter.drawLine(QPointF(0, top), QPointF(width(), top));
  }
  painter.setFont(lane_font(font(), 11, true));
  painter.setPen(theme_.muted);
  if (is_first) {
    painter.drawText(QRectF(10, top, 84, kLaneHeight), Qt::AlignLeft | Qt::AlignVCenter,
                     head_of(lane.kind));
  }
  painter.setFont(lane_font(font(), 12, false));
  painter.setPen(theme_.text);
  const QRectF name(104, top, kTrackNames - 112, lane_height(lane));
  painter.drawText(
      name, Qt::AlignLeft | Qt::AlignVCenter,
      painter.fontMetrics().elidedText(lane.title, Qt::ElideRight, static_cast<int>(name.width())));
  const QRectF bar = bar_of(i);
  if (lane.kind == ScenarioLane::Kind::kLoad) {
    draw_load(painter, lane, bar);
    return;
  }
  if (lane.kind == ScenarioLane::Kind::kExpectation) {
    draw_expectation(painter, lane, bar);
    return;
  }
  const bool is_push = lane.kind == ScenarioLane::Kind::kConfiguration;
  const QColor color = is_push ? theme_.series[2] : theme_.failing;
  QColor fill = color;
  fill.setAlpha(theme_.dark ? 90 : 60);
  painter.setPen(QPen(color, 1.4));
  painter.setBrush(fill);
  if (lane.is_point) {
    const QPointF centre = bar.center();
    painter.drawPolygon(QPolygonF{centre + QPointF(0, -7), centre + QPointF(7, 0),
                                  centre + QPointF(0, 7), centre + QPointF(-7, 0)});
    return;
  }
  painter.drawRoundedRect(bar, 4, 4);
}

// The planned rate, or the workers, as a hill.
void ScenarioTracks::draw_load(QPainter& painter, const ScenarioLane& lane,
                               const QRectF& bar) const {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr || lane.index >= scenario->loads.size()) {
    return;
  }
  const engine::Load& load = scenario->loads[lane.index];
  double most = 1e-9;
  std::vector<QPointF> points;
  for (double x = bar.left(); x <= bar.right(); x += 2) {
    const double value = planned_load(load, std::min(at_x(x), lane.to - engine::Duration(1)));
    most = std::max(most, value);
    points.emplace_back(x, value);
  }
  QPolygonF hill{QPointF(bar.left(), bar.bottom())};
  for (const QPointF& point : points) {
    hill << QPointF(point.x(), bar.bottom() - bar.height() * point.y() / most);
  }
  hill << QPointF(bar.right(), bar.bottom());
  QColor fill = theme_.series[0];
  fill.setAlpha(theme_.dark ? 80 : 55);
  painter.setPen(QPen(theme_.series[0], 1.4));
  painter.setBrush(fill);
  painter.drawPolygon(hill);
  painter.setFont(lane_font(font(), 11, false));
  painter.setPen(theme_.text);
  const QString peak = load.workers > 0
                           ? tr("%1 workers").arg(words(engine::format_count(load.workers)))
                           : tr("up to %1/s").arg(most, 0, 'f', most < 10 ? 1 : 0);
  painter.drawText(bar.adjusted(8, 0, -8, 0), Qt::AlignLeft | Qt::AlignVCenter, peak);
}

// An expectation's span; a lamp and a word tell how it stands.
void ScenarioTracks::draw_expectation(QPainter& painter, const ScenarioLane& lane,
                                      const QRectF& bar) const {
  const LampState state = lamp(lane);
  const bool so_far = workbench_.analysed() != nullptr &&
                      judged_to(*workbench_.analysed()).has_value() &&
                      workbench_.moment() < lane.to;
  const QString word = state == LampState::kOpen ? QString() : lamp_words(state, so_far);
  const QColor color = lamp_color(theme_, state);
  QColor fill = color;
  fill.setAlpha(word.isEmpty() ? 36 : state == LampState::kHolding ? 64 : 110);
  painter.setPen(QPen(color, 1.2, lane.can_stretch ? Qt::SolidLine : Qt::DotLine));
  painter.setBrush(fill);
  painter.drawRoundedRect(bar, 4, 4);
  painter.setFont(lane_font(font(), 11, true));
  const double wide = painter.fontMetrics().horizontalAdvance(word) + 12;
  painter.setPen(theme_.text);
  const bool fits = bar.width() > wide;
  const double left = fits ? bar.left() + 6 : std::min(bar.right() + 6, width() - wide);
  painter.drawText(QRectF(left, bar.top(), wide, bar.height()), Qt::AlignLeft | Qt::AlignVCenter,
                   word);
}

}  // namespace shaketable::gui
