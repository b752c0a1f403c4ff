#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/judge/interval.h"
#include "engine/judge/run_summary.h"
#include "engine/judge/verdict.h"

namespace shaketable::engine {

/// One expectation over several seeds.
struct ReplicatedExpectation {
  std::uint64_t fine = 0;    ///< Runs in which it held, or failed as `fails: true` says.
  std::uint64_t of = 0;      ///< Runs.
  ConfidenceInterval share;  ///< Where the share of such runs lies, ppm, 95 % (Wilson).
  bool passed = true;        ///< In as many runs as are required.
  /// What was measured; runs in which nothing could be measured are left out.
  std::optional<std::int64_t> lowest, median, highest;
  std::optional<ConfidenceInterval> median_lies;  ///< 95 %; nothing for fewer than six values.
  std::optional<std::uint64_t> first_bad_seed;    ///< To look at it alone.
};

/// The verdict over several runs of one scenario that differ in their seeds alone.
struct Replications {
  std::vector<RunSummary> runs;  ///< By seed, rising.
  std::uint64_t asked = 0;     ///< Runs that were asked for; more than there are when interrupted.
  std::uint64_t required = 0;  ///< Of the runs, in which each expectation must hold.
  bool passed = true;
  std::string headline;  ///< "PASSED in 9 of 10 runs (seeds 1-10), 9 required"
  std::vector<ReplicatedExpectation> expectations;  ///< Parallel to Scenario::expectations.
};

/// Judges runs together. An expectation passes when it is fine in `required` of the runs, and all
/// of them must pass. `runs` must not be empty; `required` is at least 1.
[[nodiscard]] Replications replicate(std::vector<RunSummary> runs, std::uint64_t asked,
                                     std::uint64_t required);

}  // namespace shaketable::engine
