#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/judge/lanes.h"
#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

struct Story {
  std::vector<StoryLine> lines;  ///< In order of time.
  std::uint64_t left_out = 0;    ///< Lines that did not fit.
};

/// What happened, in at most `limit` lines: where faults begin and end, the first event of each
/// kind on each edge, and when each service left its normal state and came back. Events of the same
/// kind, edge and reason that follow each other within a few seconds are one line with a count, and
/// so are a service or a circuit that flaps, and instances that die or come back together. Circuits
/// and ejections are told from their lanes.
/// When there is more to tell, what is less telling is left out: repetitions first, then routine
/// (configuration pushes, closed circuits), then whatever came late.
[[nodiscard]] Story tell_story(const Scenario& scenario, const RunRecord& record,
                               const std::vector<ServiceHealth>& health,
                               const std::vector<Lane>& lanes, std::size_t limit = 25);

}  // namespace shaketable::engine
