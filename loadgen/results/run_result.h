#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/results/load_stats.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// A threshold and what became of it.
struct ThresholdVerdict {
  std::string source;  ///< As written: "p99 < 300ms".
  std::string actual;  ///< "412 ms"
  bool holds = false;
  bool was_judged = true;  ///< False: there was nothing to judge, which does not hold either.
};

/// Everything that is told of a run, by whichever report. Adds up with those of other generators.
struct RunResult {
  std::string name;    ///< Of the file, or the target.
  std::string target;  ///< URL, for people.
  std::string version;
  std::uint64_t seed = 0;
  std::uint32_t generators = 1;    ///< Processes whose results are in here.
  std::uint32_t threads = 1;       ///< Of all of them.
  std::int64_t started_at_ms = 0;  ///< Unix time at which load time began; the earliest.
  proxy::Duration elapsed{};       ///< Of load time, behind the warm-up; the longest.
  proxy::Duration warm_up{};
  bool was_interrupted = false;
  std::string ended_early;      ///< Why it ended before its time: a threshold; empty = it did not.
  std::string set_up_error;     ///< Why a set-up failed, which ended the load; empty = none did.
  std::uint64_t cancelled = 0;  ///< Requests under way when the run ended.
  std::vector<LoadStats> loads;
  ConnectionStats connections;
  std::vector<ThresholdVerdict> thresholds;

  /// All loads together, without their parts.
  [[nodiscard]] RequestStats total() const;
  /// Runs of journeys, (all, failed).
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> runs() const;
  /// Adds another generator's. Loads are matched by name; verdicts are dropped.
  void merge(const RunResult& other);
};

}  // namespace shaketable::loadgen
