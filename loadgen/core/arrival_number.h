#pragma once

#include <cstdint>

#include "loadgen/core/arrival_loop.h"
#include "loadgen/core/run_start.h"

namespace shaketable::loadgen {

/// The number of the arrival that `loop.next_run` has just begun, from 0, among all arrivals of the
/// load: those that were dropped and those of other shares have theirs, too. Call it before the
/// next `next_run`.
[[nodiscard]] inline std::uint64_t number_of_last_arrival(const ArrivalLoop& loop, Share share) {
  // Who waits does so in order, and only while nobody else can begin.
  const std::uint64_t own = loop.arrived() - 1 - loop.waiting();
  return own * share.count + share.index;
}

}  // namespace shaketable::loadgen
