#pragma once

#include <cstddef>
#include <vector>

#include "engine/judge/lanes.h"
#include "engine/judge/verdict.h"

/// The pieces that `tell_story()` is put together from; for engine/judge alone.
namespace shaketable::engine {

/// A line, how much would be lost without it (0 is the most telling), and its place among lines of
/// the same moment: faults, then events, then what they did to the services, callees first.
struct Candidate {
  StoryLine line;
  int rank = 0;
  std::size_t place = 0;
};

/// The rank of an event: the first of its kind on a subject, or one of those that repeat it.
[[nodiscard]] int rank_of(EventKind kind, bool is_first);

/// Circuits and ejections, from their lanes, which know how long.
void add_lanes(const std::vector<Lane>& lanes, std::vector<Candidate>& out);

/// All other events; equal ones that follow each other closely are one line.
void add_events(const Scenario& scenario, const RunRecord& record, std::vector<Candidate>& out);

}  // namespace shaketable::engine
