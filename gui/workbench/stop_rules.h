#pragma once

#include <QString>
#include <memory>
#include <span>
#include <vector>

#include "engine/cli/scenario_set.h"
#include "gui/find/find_expression.h"
#include "gui/run/stop_rule.h"

/// What a run can go on until, in the words of a person.
namespace shaketable::gui {

/// Something that happens.
struct EventChoice {
  const char* title;  ///< "a circuit opens"
  std::vector<engine::EventKind> kinds;
};

[[nodiscard]] std::span<const EventChoice> event_choices();

/// Until the expression begins to be true of some service at the end of a bucket. Acts of the
/// session after this call are not counted among its `faults`.
[[nodiscard]] StopRule stop_when(std::shared_ptr<const engine::LoadedScenario> scenario,
                                 FindExpression expression);

}  // namespace shaketable::gui
