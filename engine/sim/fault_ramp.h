#pragma once

#include <cstdint>

#include "engine/scenario/model.h"

/// How a fault with a `ramp` grows: a straight line, in steps that are events of the run.
namespace shaketable::engine {

/// Steps in which a fault rises; from this one on it has its whole size.
inline constexpr std::uint32_t kRampSteps = 20;

/// Share of its size, ppm, that a fault has during a step: what the line has in its middle.
[[nodiscard]] constexpr std::uint32_t ramp_level_ppm(std::uint32_t step) {
  return step >= kRampSteps ? proxy::kPpmOne : (2 * step + 1) * (proxy::kPpmOne / (2 * kRampSteps));
}

/// When a step begins, from the begin of the fault on; step kRampSteps at the end of the ramp.
[[nodiscard]] constexpr Duration ramp_step_begin(Duration ramp, std::uint32_t step) {
  const std::int64_t whole = ramp.count() / kRampSteps;
  const std::int64_t rest = ramp.count() % kRampSteps;
  return Duration(whole * step + rest * step / kRampSteps);
}

/// The fault as it is during a step. A delay rises in time, a factor from 1 to its value, other
/// faults in their share of requests or messages.
[[nodiscard]] Fault fault_at_step(const Fault& full, std::uint32_t step);

}  // namespace shaketable::engine
