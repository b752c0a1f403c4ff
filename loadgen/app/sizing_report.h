#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/app/sizing_level.h"
#include "loadgen/results/load_stats.h"
#include "proxy/base/time.h"

/// What a sizing says at its end.
namespace shaketable::loadgen::app {

/// All trials of one level.
struct SizingPoint {
  std::uint64_t level = 0;
  std::uint32_t trials = 0;
  std::uint32_t held = 0;
  // of all trials together
  std::uint64_t requests = 0, failed = 0;
  proxy::Duration time{};
  proxy::Duration p50{}, p99{};     ///< Of the last trial.
  std::vector<std::string> broken;  ///< What did not hold in some trial: "p99 < 300ms (412 ms)".
  ErrorCounts errors;               ///< Of all trials.
};

struct SizingResult {
  std::string target;
  LevelKind kind = LevelKind::kWorkers;
  std::vector<std::string> objectives;  ///< As written.
  std::vector<SizingPoint> points;      ///< By level.
  std::uint64_t first = 0;              ///< The load as written.
  std::uint64_t level = 0;              ///< Confirmed; 0 = none holds.
  std::uint64_t fails = 0;              ///< The lowest that failed; 0 = none did.
  std::uint32_t confirmations = 0;
  bool was_interrupted = false;
};

[[nodiscard]] std::string sizing_text(const SizingResult& result, bool color);
[[nodiscard]] std::string sizing_json(const SizingResult& result);
/// A trial while the search goes on: "200 workers: holds, 5,120/s, p99 12 ms".
[[nodiscard]] std::string trial_text(LevelKind kind, const SizingPoint& point, bool holds);

}  // namespace shaketable::loadgen::app
