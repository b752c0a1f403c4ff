#pragma once

#include <cstdint>
#include <string>

#include "proxy/base/histogram.h"

namespace shaketable::loadgen {

/// What a threshold that may end a run is about, counted while it goes: all of a load, or a
/// journey, step or tag of it.
struct WatchedCounts {
  std::string load;
  std::string of;  ///< Empty = all of the load.
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;
  std::uint64_t failed_runs = 0;
  std::uint64_t dropped = 0;  ///< Of the load.
  proxy::BasicHistogram<6> latency;

  void merge(const WatchedCounts& other) {
    requests += other.requests;
    failed += other.failed;
    failed_runs += other.failed_runs;
    dropped += other.dropped;
    latency.merge(other.latency);
  }
};

}  // namespace shaketable::loadgen
