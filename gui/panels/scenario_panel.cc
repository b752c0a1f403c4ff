#include "gui/panels/scenario_panel.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/canvas/qt_words.h"
#include "gui/workbench/time_edits.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr double kGripReach = 6;
constexpr double kLeastMove = 3;

}  // namespace

double lane_height(const ScenarioLane& lane) {
  return lane.kind == ScenarioLane::Kind::kLoad ? 40 : 24;
}

ScenarioTracks::ScenarioTracks(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("scenario_tracks"));
  setAccessibleName(tr("What happens in the scenario"));
  setMouseTracking(true);
  setMinimumWidth(560);
  connect(&workbench_, &Workbench::document_changed, this, &ScenarioTracks::rebuild);
  connect(&workbench_, &Workbench::runs_changed, this, &ScenarioTracks::rebuild);
  for (const auto change : {&Workbench::moment_changed, &Workbench::analysis_changed}) {
    connect(&workbench_, change, this, [this] { update(); });
  }
}

void ScenarioTracks::set_theme(const Theme& theme) {
  theme_ = theme;
  update();
}

void ScenarioTracks::rebuild() {
  if (!isVisible()) {
    return;  // It is done when somebody looks.
  }
  lanes_.clear();
  if (const engine::Scenario* const scenario = workbench_.scenario()) {
    lanes_ = lanes_of(*scenario, workbench_.document().source(), workbench_.end());
  }
  grip_.reset();
  updateGeometry();
  setMinimumHeight(sizeHint().height());
  update();
}

void ScenarioTracks::showEvent(QShowEvent*) { rebuild(); }

QSize ScenarioTracks::sizeHint() const {
  return {600, static_cast<int>(lanes_.empty() ? 60 : top_of(lanes_.size()) + 8)};
}

double ScenarioTracks::top_of(std::size_t lane) const {
  double top = kTrackAxis;
  for (std::size_t i = 0; i < lane && i < lanes_.size(); ++i) {
    top += lane_height(lanes_[i]);
  }
  return top;
}

double ScenarioTracks::x_of(engine::Instant at) const {
  const double whole = std::max(proxy::to_seconds(workbench_.end().time_since_epoch()), 1e-9);
  return kTrackNames +
         (width() - kTrackNames - kTrackRight) * proxy::to_seconds(at.time_since_epoch()) / whole;
}

engine::Instant ScenarioTracks::at_x(double x) const {
  const double share = (x - kTrackNames) / std::max(width() - kTrackNames - kTrackRight, 1.0);
  const double seconds = share * proxy::to_seconds(workbench_.end().time_since_epoch());
  const auto at = engine::Instant(engine::Duration(static_cast<std::int64_t>(seconds * 1e9)));
  return std::clamp(at, engine::Instant{}, workbench_.end());
}

QRectF ScenarioTracks::bar_of(std::size_t lane) const {
  const auto [from, to] = span_of(lane);
  const double top = top_of(lane);
  const double left = x_of(from);
  const double wide = lanes_[lane].is_point ? 12 : std::max(x_of(to) - left, 3.0);
  return {left - (lanes_[lane].is_point ? 6 : 0), top + 4, wide, lane_height(lanes_[lane]) - 8};
}

std::pair<engine::Instant, engine::Instant> ScenarioTracks::span_of(std::size_t lane) const {
  const ScenarioLane& of = lanes_[lane];
  if (!grip_ || grip_->lane != lane) {
    return {of.from, of.to};
  }
  const engine::Instant end = workbench_.end();
  const auto moved = [&](engine::Instant at) {
    const engine::Instant there = at_x(x_of(at) + grip_->moved);
    return engine::Instant(on_grid(there.time_since_epoch(), end));
  };
  constexpr engine::Duration kShortest = std::chrono::milliseconds(100);
  switch (grip_->hold) {
    case Hold::kNothing:
      break;
    case Hold::kBar: {
      const engine::Instant from = std::min(moved(of.from), end);
      return {from, std::min(from + (of.to - of.from), end)};
    }
    case Hold::kBegin:
      return {std::min(moved(of.from), of.to - kShortest), of.to};
    case Hold::kEnd:
      return {of.from, std::max(moved(of.to), of.from + kShortest)};
  }
  return {of.from, of.to};
}

std::optional<ScenarioTracks::Grip> ScenarioTracks::grip_at(const QPointF& point) const {
  if (!workbench_.document().is_good()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const QRectF bar = bar_of(i);
    if (!bar.adjusted(-kGripReach, -4, kGripReach, 4).contains(point)) {
      continue;
    }
    Grip grip{.lane = i, .from = point.x()};
    const double to_begin = std::abs(point.x() - bar.left());
    const double to_end = std::abs(point.x() - bar.right());
    if (lanes_[i].can_stretch && to_end <= kGripReach && to_end <= to_begin) {
      grip.hold = Hold::kEnd;
    } else if (lanes_[i].can_stretch && to_begin <= kGripReach) {
      grip.hold = Hold::kBegin;
    } else if (lanes_[i].can_move) {
      grip.hold = Hold::kBar;
    }
    return grip.hold == Hold::kNothing ? std::nullopt : std::optional(grip);
  }
  return std::nullopt;
}

// What became of a lane is written into the scenario, as one step.
void ScenarioTracks::drop(const Grip& grip) {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr || grip.lane >= lanes_.size()) {
    return;
  }
  const engine::ScenarioSource& source = workbench_.document().source();
  const ScenarioLane lane = lanes_[grip.lane];
  grip_ = grip;
  const auto [from, to] = span_of(grip.lane);
  grip_.reset();
  switch (lane.kind) {
    case ScenarioLane::Kind::kLoad:
      workbench_.edit(
          stretch_load(source, scenario->loads[lane.index], from, to, workbench_.end()));
      return;
    case ScenarioLane::Kind::kFault:
    case ScenarioLane::Kind::kConfiguration: {
      const engine::Fault& fault = scenario->faults[lane.index];
      workbench_.edit(grip.hold == Hold::kBar ? move_fault(source, fault, from)
                                              : stretch_fault(source, fault, from, to));
      return;
    }
    case ScenarioLane::Kind::kExpectation:
      workbench_.edit(move_window(source, lane.index, from, to));
      return;
  }
}

const engine::ExpectationVerdict* ScenarioTracks::verdict_of(const ScenarioLane& lane) const {
  const auto run = workbench_.analysed();
  if (lane.kind != ScenarioLane::Kind::kExpectation || run == nullptr) {
    return nullptr;
  }
  const auto& verdicts = run->run.verdict.expectations;
  // The scenario may have been changed since the run began.
  const bool is_it = lane.index < verdicts.size() && words(verdicts[lane.index].text) == lane.title;
  return is_it ? &verdicts[lane.index] : nullptr;
}

LampState ScenarioTracks::lamp(const ScenarioLane& lane) const {
  const engine::ExpectationVerdict* const verdict = verdict_of(lane);
  return verdict == nullptr
             ? LampState::kOpen
             : lamp_at(*verdict, workbench_.moment(), judged_to(*workbench_.analysed()));
}

// ---- hands ----------------------------------------------------------------------------------

void ScenarioTracks::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) {
    return;
  }
  grip_ = grip_at(event->position());
  if (!grip_ && event->position().x() >= kTrackNames) {
    workbench_.play_back(0);
    workbench_.look_at(at_x(event->position().x()));
  }
  update();
}

void ScenarioTracks::mouseMoveEvent(QMouseEvent* event) {
  if (grip_) {
    grip_->moved = event->position().x() - grip_->from;
  } else if (event->buttons().testFlag(Qt::LeftButton)) {
    workbench_.look_at(at_x(event->position().x()));
  } else {
    const auto grip = grip_at(event->position());
    setCursor(!grip                      ? Qt::ArrowCursor
              : grip->hold == Hold::kBar ? Qt::OpenHandCursor
                                         : Qt::SizeHorCursor);
  }
  update();
}

void ScenarioTracks::mouseReleaseEvent(QMouseEvent*) {
  if (const auto grip = std::exchange(grip_, std::nullopt)) {
    if (std::abs(grip->moved) >= kLeastMove) {
      drop(*grip);
    }
  }
  update();
}

// To where it is written.
void ScenarioTracks::mouseDoubleClickEvent(QMouseEvent* event) {
  const engine::Scenario* const scenario = workbench_.scenario();
  for (std::size_t i = 0; i < lanes_.size() && scenario != nullptr; ++i) {
    const double top = top_of(i);
    if (event->position().y() < top || event->position().y() >= top + lane_height(lanes_[i])) {
      continue;
    }
    const ScenarioLane& lane = lanes_[i];
    const engine::SourceMark& mark =
        lane.kind == ScenarioLane::Kind::kLoad          ? scenario->loads[lane.index].mark
        : lane.kind == ScenarioLane::Kind::kExpectation ? scenario->expectations[lane.index].mark
                                                        : scenario->faults[lane.index].mark;
    if (mark.line > 0) {
      grip_.reset();
      Q_EMIT workbench_.place_asked(mark.file, mark.line);
    }
    return;
  }
}

QString ScenarioTracks::tip_of(const ScenarioLane& lane) const {
  QString tip = lane.title + QStringLiteral("\n") + clock_text(lane.from);
  if (!lane.is_point) {
    tip += QStringLiteral(" – ") + clock_text(lane.to);
  }
  if (const auto* const verdict = verdict_of(lane); verdict != nullptr && !verdict->got.empty()) {
    tip += tr("\ngot %1").arg(words(verdict->got));
  }
  if (lane.can_move || lane.can_stretch) {
    tip += tr("\nDrag its ends%1; a double click leads to the text")
               .arg(lane.can_move ? tr(", or the bar") : QString());
  }
  return tip;
}

bool ScenarioTracks::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    auto* const help = static_cast<QHelpEvent*>(event);
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const double top = top_of(i);
      if (help->pos().y() >= top && help->pos().y() < top + lane_height(lanes_[i])) {
        QToolTip::showText(help->globalPos(), tip_of(lanes_[i]), this);
        return true;
      }
    }
    QToolTip::hideText();
    return true;
  }
  return QWidget::event(event);
}

ScenarioPanel::ScenarioPanel(Workbench& workbench, QWidget* parent)
    : QScrollArea(parent), tracks_(new ScenarioTracks(workbench, this)) {
  setObjectName(QStringLiteral("scenario_panel"));
  setWidgetResizable(true);
  setWidget(tracks_);
}

}  // namespace shaketable::gui
