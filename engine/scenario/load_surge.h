#pragma once

#include <cstdint>

#include "engine/scenario/model.h"

/// A surge (`FaultKind::kLoad`) hits a whole load, or one journey of it. `Fault` has no field of
/// its own for that: its `instances`, of which a load has none, hold the journey's number from 1.
namespace shaketable::engine {

/// Index within its load; kNone = all journeys.
[[nodiscard]] inline std::uint32_t journey_of_surge(const Fault& surge) {
  return surge.instances == 0 ? kNone : surge.instances - 1;
}

inline void set_journey_of_surge(Fault& surge, std::uint32_t journey) {
  surge.instances = journey == kNone ? 0 : journey + 1;
}

}  // namespace shaketable::engine
