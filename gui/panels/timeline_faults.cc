#include <QPainter>
#include <algorithm>
#include <cmath>

#include "engine/judge/names.h"
#include "gui/panels/timeline_bar.h"
#include "gui/workbench/time_edits.h"
#include "gui/workbench/words.h"

// Faults of the scenario that are moved about in time.
namespace shaketable::gui {
namespace {

constexpr double kBars = 20;  ///< Their bars lie above.
constexpr double kReach = 5;

}  // namespace

std::optional<TimelineStrip::Grip> TimelineStrip::grip_at(const QPointF& point) const {
  const engine::Scenario* const written = workbench_.scenario();
  const double below = point.y() - notes_high();
  if (written == nullptr || below < 0 || below > kBars || !workbench_.document().is_good()) {
    return std::nullopt;
  }
  for (const engine::Fault& fault : written->faults) {
    const engine::Instant to = std::min(engine::end_of_fault(fault), workbench_.end());
    const double left = x_of(fault.at), right = std::max(x_of(to), left + 3);
    const bool by_end =
        std::abs(point.x() - right) <= kReach && engine::end_of_fault(fault) != proxy::kNever;
    if (by_end || (point.x() >= left - 2 && point.x() <= right)) {
      return Grip{.fault = fault.name, .at = fault.at, .to = to, .end = by_end, .from = point.x()};
    }
  }
  return std::nullopt;
}

void TimelineStrip::draw_grip(QPainter& painter) const {
  if (!grip_) {
    return;
  }
  const double left = x_of(grip_->at) + (grip_->end ? 0 : grip_->moved);
  const double right = x_of(grip_->to) + grip_->moved;
  painter.setPen(QPen(theme_.failing, 1.5, Qt::DashLine));
  painter.setBrush(theme_.fault_band);
  painter.drawRect(QRectF(left, 4, std::max(2.0, right - left), 34));
  painter.setPen(theme_.text);
  painter.drawText(QPointF(left + 4, 34),
                   clock_text(at_x(left)) + QStringLiteral(" – ") + clock_text(at_x(right)));
}

// Writes what became of the fault into the scenario, as one step.
void TimelineStrip::drop(const Grip& grip) {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr) {
    return;
  }
  const auto fault =
      std::find_if(scenario->faults.begin(), scenario->faults.end(),
                   [&](const engine::Fault& each) { return each.name == grip.fault; });
  if (fault == scenario->faults.end()) {
    return;  // The text has changed under the hand.
  }
  const engine::ScenarioSource& source = workbench_.document().source();
  const engine::Instant end = workbench_.end();
  if (!grip.end) {
    const engine::Instant at = at_x(x_of(grip.at) + grip.moved);
    workbench_.edit(
        move_fault(source, *fault, engine::Instant(on_grid(at.time_since_epoch(), end))));
    return;
  }
  const engine::Instant to = at_x(x_of(grip.to) + grip.moved);
  const engine::Duration length =
      std::max<engine::Duration>(on_grid(to - grip.at, end), std::chrono::milliseconds(100));
  workbench_.edit(stretch_fault(source, *fault, grip.at, grip.at + length));
}

}  // namespace shaketable::gui
