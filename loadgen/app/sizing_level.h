#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/core/load_plan.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen::app {

/// What grows in a sizing.
enum class LevelKind : std::uint8_t {
  kWorkers,  ///< Of the only load, a closed loop.
  kRate,     ///< Requests a second of the only load, whose rate is constant.
  kFactor,   ///< Thousandths of all loads as written.
};

/// What grows, and from where.
struct LevelScale {
  LevelKind kind = LevelKind::kWorkers;
  std::uint64_t first = 1;  ///< The load as written.
  std::uint64_t most = 1;   ///< When nobody says otherwise.
};

/// How the loads of a file grow. Fails for recorded arrivals, which are as they were.
[[nodiscard]] proxy::Result<LevelScale> level_scale(const std::vector<LoadPlan>& loads);

/// The loads at a level, without ramp-up and limits of runs, each for `length`.
[[nodiscard]] std::vector<LoadPlan> loads_at(const std::vector<LoadPlan>& loads, LevelKind kind,
                                             std::uint64_t level, proxy::Duration length);

/// "120 workers", "1,500/s", "1.25 of the load".
[[nodiscard]] std::string level_text(LevelKind kind, std::uint64_t level);

}  // namespace shaketable::loadgen::app
