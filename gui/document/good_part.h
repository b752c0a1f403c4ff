#pragma once

#include <memory>

#include "engine/cli/scenario_set.h"
#include "engine/scenario/source.h"

namespace shaketable::gui {

/// What of a broken scenario can be read, so that there is something to look at: the scenario
/// without the entries in which the mistakes are, and without what follows a break of the syntax.
/// Null when there is no service among the rest, when it takes too many attempts, or when the files
/// are so large that those would be felt.
[[nodiscard]] std::shared_ptr<const engine::LoadedScenario> read_good_part(
    const engine::ScenarioSource& broken);

}  // namespace shaketable::gui
