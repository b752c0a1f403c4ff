#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/core/run_start.h"
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

/// A threshold that a load must meet, kept with a result so that whoever adds up several can judge
/// the sum.
struct RequiredThreshold {
  std::string load;    ///< Whose; empty = of all loads together.
  std::string source;  ///< As written.

  friend bool operator==(const RequiredThreshold&, const RequiredThreshold&) = default;
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
  std::vector<RequiredThreshold> required;   ///< What the whole load must meet.
  std::vector<Share> shares;                 ///< The parts that are in here; empty = all there is.
  std::vector<ThresholdVerdict> thresholds;  ///< What became of it; a part has none.

  /// True if the load ended as asked and met its thresholds: the exit code is 0.
  [[nodiscard]] bool passed() const;
  /// All loads together, without their parts.
  [[nodiscard]] RequestStats total() const;
  /// Runs of journeys, (all, failed).
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> runs() const;
  /// Adds another generator's. Loads are matched by name; verdicts are dropped, what is required
  /// of one of them is required of the sum.
  void merge(const RunResult& other);
};

}  // namespace shaketable::loadgen
