#include "gui/workbench/stop_rules.h"

#include <QObject>
#include <algorithm>
#include <array>
#include <utility>

namespace shaketable::gui {

using engine::EventKind;

std::span<const EventChoice> event_choices() {
  static const std::array<EventChoice, 10> choices = {{
      {QT_TRANSLATE_NOOP("QObject", "a circuit opens"), {EventKind::kCircuitOpen}},
      {QT_TRANSLATE_NOOP("QObject", "a circuit closes"), {EventKind::kCircuitClose}},
      {QT_TRANSLATE_NOOP("QObject", "a host is ejected"), {EventKind::kEjection}},
      {QT_TRANSLATE_NOOP("QObject", "a load balancer panics"), {EventKind::kPanic}},
      {QT_TRANSLATE_NOOP("QObject", "an instance goes down"), {EventKind::kInstanceDown}},
      {QT_TRANSLATE_NOOP("QObject", "a queue is full"), {EventKind::kQueueFull}},
      {QT_TRANSLATE_NOOP("QObject", "a breaker turns requests away"), {EventKind::kOverflow}},
      {QT_TRANSLATE_NOOP("QObject", "an instance is back"), {EventKind::kInstanceUp}},
      {QT_TRANSLATE_NOOP("QObject", "a service is scaled"), {EventKind::kScaled}},
      {QT_TRANSLATE_NOOP("QObject", "a fault begins or ends, or policies are pushed"),
       {EventKind::kFaultStart, EventKind::kFaultEnd, EventKind::kConfigPush}},
  }};
  return choices;
}

StopRule stop_when(std::shared_ptr<const engine::LoadedScenario> scenario,
                   FindExpression expression) {
  const auto shape = std::make_shared<const MeshShape>(shape_of(scenario->scenario.mesh));
  StopRule rule;
  rule.condition = [scenario = std::move(scenario), shape, expression = std::move(expression)](
                       const RunHistory& history, engine::Instant now) {
    const MeshLook look = look_at(scenario->scenario, *shape, history, now);
    const std::vector<bool> found = expression.find({scenario->scenario.mesh, *shape, &look});
    return std::find(found.begin(), found.end(), true) != found.end();
  };
  return rule;
}

}  // namespace shaketable::gui
