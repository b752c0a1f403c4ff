#pragma once

#include <cstdint>

#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// A run of a journey that begins now. Whoever carries it out calls `on_run_finished` of the pacer
/// with that user, once.
struct RunStart {
  std::uint32_t user = 0;     ///< A worker (closed loop), or a slot that is free again afterwards.
  std::uint32_t journey = 0;  ///< Index into LoadPlan::journeys.
  /// From 0. Closed loop: of this worker. Open loop: the arrival among all of the load, so those
  /// that were dropped and those of other shares have their numbers, too.
  std::uint64_t run = 0;
  proxy::Instant intended{};  ///< When it was due; latency counts from here.
  bool new_session = false;   ///< Begin with no cookies, variables and connections of before.
};

/// Which part of a load one generator carries out, when several act as one: workers and arrivals
/// whose number leaves `index` when divided by `count`. Poisson arrivals have `1/count` of the rate
/// instead, which together are the same process.
struct Share {
  std::uint32_t index = 0;
  std::uint32_t count = 1;  ///< >= 1
};

}  // namespace shaketable::loadgen
