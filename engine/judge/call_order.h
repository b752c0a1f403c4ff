#pragma once

#include <cstddef>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// A place for every service such that a callee comes before its callers: trouble climbs that way,
/// so services that left their normal state in the same bucket are told in this order. From the
/// edges that were used; cycles are cut anywhere, and equal services keep the order of the file.
[[nodiscard]] std::vector<std::size_t> callees_first(const Scenario& scenario,
                                                     const RunRecord& record);

}  // namespace shaketable::engine
