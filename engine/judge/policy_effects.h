#pragma once

#include <vector>

#include "engine/judge/lanes.h"

/// The part of lanes.cc that weighs what policies did.
namespace shaketable::engine {

/// One for each edge on which a circuit opened or a retry budget refused, and one for each service
/// whose hosts were ejected.
[[nodiscard]] std::vector<PolicyEffect> policy_effects(const Scenario& scenario,
                                                       const RunRecord& record,
                                                       const std::vector<Lane>& lanes);

}  // namespace shaketable::engine
