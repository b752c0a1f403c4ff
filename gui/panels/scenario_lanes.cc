#include "gui/panels/scenario_lanes.h"

#include <QObject>
#include <algorithm>

#include "engine/judge/names.h"
#include "gui/canvas/qt_words.h"
#include "gui/workbench/time_edits.h"

namespace shaketable::gui {
namespace {

engine::Window window_of(const engine::Expectation& expectation) {
  return std::visit(
      [](const auto& what) -> engine::Window {
        if constexpr (requires { what.window; }) {
          return what.window;
        } else {
          return {};
        }
      },
      expectation.what);
}

}  // namespace

double planned_load(const engine::Load& load, engine::Instant at) {
  if (at < load.start || at >= load.stop) {
    return 0;
  }
  if (load.workers > 0) {
    const double into = proxy::to_seconds(at - load.start);
    const double ramp = proxy::to_seconds(load.ramp_up);
    return load.workers * (ramp <= 0 ? 1.0 : std::min(1.0, into / ramp));
  }
  engine::Duration into = at - load.start;
  engine::Duration whole{};
  for (const engine::RateStage& stage : load.stages) {
    whole += stage.length;
  }
  if (load.repeats && whole > engine::Duration::zero()) {
    into = into % whole;
  }
  for (const engine::RateStage& stage : load.stages) {
    if (into < stage.length) {
      const double share = proxy::to_seconds(into) / proxy::to_seconds(stage.length);
      return (static_cast<double>(stage.from_ups) * (1 - share) +
              static_cast<double>(stage.to_ups) * share) /
             1e6;
    }
    into -= stage.length;
  }
  return load.stages.empty() ? 0 : static_cast<double>(load.stages.back().to_ups) / 1e6;
}

std::vector<ScenarioLane> lanes_of(const engine::Scenario& scenario,
                                   const engine::ScenarioSource& source, engine::Instant end) {
  std::vector<ScenarioLane> lanes;
  for (std::size_t i = 0; i < scenario.loads.size(); ++i) {
    const engine::Load& load = scenario.loads[i];
    lanes.push_back({.kind = ScenarioLane::Kind::kLoad,
                     .title = words(load.name),
                     .index = i,
                     .from = load.start,
                     .to = std::min(load.stop, end),
                     .can_move = false,
                     .can_stretch = true});
  }
  for (const auto kind : {ScenarioLane::Kind::kFault, ScenarioLane::Kind::kConfiguration}) {
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
      const engine::Fault& fault = scenario.faults[i];
      const bool is_push = fault.kind == engine::FaultKind::kConfigPush;
      if (is_push != (kind == ScenarioLane::Kind::kConfiguration)) {
        continue;
      }
      const engine::Instant over = engine::end_of_fault(fault);
      const bool has_end = over != proxy::kNever && !is_push;
      lanes.push_back({.kind = kind,
                       .title = words(fault.name),
                       .index = i,
                       .from = fault.at,
                       .to = std::max(fault.at, std::min(over, end)),
                       .is_point = is_push,
                       .can_move = true,
                       .can_stretch = has_end});
    }
  }
  const std::vector<bool> movable = movable_windows(source);
  for (std::size_t i = 0; i < scenario.expectations.size(); ++i) {
    const engine::Window window = window_of(scenario.expectations[i]);
    const bool can_move = i < movable.size() && movable[i];
    lanes.push_back({.kind = ScenarioLane::Kind::kExpectation,
                     .title = words(scenario.expectations[i].text),
                     .index = i,
                     .from = std::min(window.from, end),
                     .to = std::min(window.to, end),
                     .can_move = can_move,
                     .can_stretch = can_move});
  }
  return lanes;
}

QString lamp_words(LampState state, bool so_far) {
  switch (state) {
    case LampState::kOpen:
      return QObject::tr("○ open");
    case LampState::kHolding:
      return QObject::tr("● holds so far");
    case LampState::kHeld:
      return QObject::tr("● held");
    case LampState::kBroken:
      return so_far ? QObject::tr("◆ broken so far") : QObject::tr("◆ broken");
    case LampState::kKnown:
      return QObject::tr("▲ fails, as known");
    case LampState::kUnknown:
      return QObject::tr("○ not measurable");
  }
  return {};
}

LampState lamp_at(const engine::ExpectationVerdict& verdict, engine::Instant moment,
                  std::optional<engine::Instant> judged_to) {
  using engine::ExpectationState;
  const bool is_broken = verdict.state == ExpectationState::kBroken ||
                         verdict.state == ExpectationState::kKnownFailure;
  if (is_broken && moment >= verdict.when.value_or(verdict.to)) {
    return verdict.state == ExpectationState::kBroken ? LampState::kBroken : LampState::kKnown;
  }
  const bool is_held = verdict.state == ExpectationState::kHeld;
  const bool has_happened = is_held && verdict.when && *verdict.when >= verdict.from &&
                            *verdict.when < verdict.to && moment >= *verdict.when;
  if ((moment < verdict.to && !has_happened) || is_broken) {
    const bool is_there = judged_to && moment >= *judged_to && moment > verdict.from;
    return is_held && is_there ? LampState::kHolding : LampState::kOpen;
  }
  switch (verdict.state) {
    case ExpectationState::kHeld:
      return LampState::kHeld;
    case ExpectationState::kUnexpectedPass:
      return LampState::kBroken;
    case ExpectationState::kNotMeasurable:
      return LampState::kUnknown;
    case ExpectationState::kBroken:
    case ExpectationState::kKnownFailure:
      break;
  }
  return LampState::kOpen;
}

}  // namespace shaketable::gui
