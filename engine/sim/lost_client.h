#pragma once

#include "engine/sim/recorder.h"
#include "engine/sim/visit.h"
#include "engine/world/instance.h"

namespace shaketable::engine {

/// Counts a client's request that found its instance dead, or died with it, as a failed connection
/// of the service: the load has no sidecar that would count it. Requests of services are left to
/// their edges.
inline void count_lost_client(Recorder& recorder, const Instance& instance, const Visit& visit,
                              Duration latency) {
  const bool waits = visit.caller_instance == kNone && (visit.call() & kLoadCall) != 0;
  if (waits && !visit.cancelled && !visit.is_unknown) {
    recorder.on_served(instance.plan_of(visit.endpoint), kNone, Outcome::kConnection, 503, latency);
  }
}

}  // namespace shaketable::engine
