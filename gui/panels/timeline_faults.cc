#include <QPainter>
#include <algorithm>
#include <cmath>

#include "engine/judge/names.h"
#include "gui/document/mesh_edits.h"
#include "gui/panels/timeline_bar.h"
#include "gui/workbench/words.h"

// Faults of the scenario that are moved about in time.
namespace shaketable::gui {
namespace {

constexpr double kBars = 20;  ///< Their bars lie above.
constexpr double kReach = 5;

// When it is over: a kill, when the instances are back.
engine::Instant over(const engine::Fault& fault) {
  const bool comes_back =
      fault.kind == engine::FaultKind::kKill && fault.restart_after > engine::Duration::zero();
  return comes_back ? fault.at + fault.restart_after : engine::end_of_fault(fault);
}

engine::Duration rounded(engine::Duration duration, engine::Instant end) {
  using std::chrono::milliseconds;
  const engine::Duration step =
      end >= engine::Instant(std::chrono::seconds(30)) ? milliseconds(500) : milliseconds(100);
  return (duration + step / 2) / step * step;
}

}  // namespace

std::optional<TimelineStrip::Grip> TimelineStrip::grip_at(const QPointF& point) const {
  const engine::Scenario* const written = workbench_.scenario();
  if (written == nullptr || point.y() > kBars || !workbench_.document().is_good()) {
    return std::nullopt;
  }
  for (const engine::Fault& fault : written->faults) {
    const engine::Instant to = std::min(over(fault), workbench_.end());
    const double left = x_of(fault.at), right = std::max(x_of(to), left + 3);
    const bool by_end = std::abs(point.x() - right) <= kReach && over(fault) != proxy::kNever;
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
  const engine::ScenarioSource& source = workbench_.document().source();
  const engine::Instant end = workbench_.end();
  if (!grip.end) {
    const engine::Instant at = at_x(x_of(grip.at) + grip.moved);
    auto edit = set_value(source, {"faults", grip.fault, "at"},
                          duration_yaml(rounded(at.time_since_epoch(), end)));
    if (edit) {
      edit->label = "Move fault " + grip.fault;
    }
    workbench_.edit(edit);
    return;
  }
  const engine::Instant to = at_x(x_of(grip.to) + grip.moved);
  const engine::Duration length =
      std::max<engine::Duration>(rounded(to - grip.at, end), std::chrono::milliseconds(100));
  std::string key = "for";
  std::string value = duration_yaml(length);
  for (const char* const other : {"until", "restart_after"}) {
    if (!written_value(source, {"faults", grip.fault, other}).empty()) {
      key = other;
      value = key == "until" ? duration_yaml(rounded((grip.at + length).time_since_epoch(), end))
                             : value;
    }
  }
  auto edit = set_value(source, {"faults", grip.fault, key}, value);
  if (edit) {
    edit->label = "Change how long fault " + grip.fault + " lasts";
  }
  workbench_.edit(edit);
}

}  // namespace shaketable::gui
