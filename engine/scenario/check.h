#pragma once

#include <vector>

#include "engine/mesh/check.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// Looks over a scenario (its mesh apart: see `check_mesh`).
///
/// Finds: a scenario without load (ST1510), a fault that begins after the run (ST1511), one that
/// hits nothing because no instance fits its target (ST1512), load that arrives after the run
/// (ST1513), no expectation at all (ST1514), services that no load ever reaches (ST1515), a fault
/// that is over before its ramp is (ST1516), pushed rules to a service without such an endpoint
/// (ST1517).
[[nodiscard]] std::vector<Finding> check_scenario(const Scenario& scenario);

}  // namespace shaketable::engine
