#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/judge/interval.h"
#include "engine/judge/run_summary.h"
#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// Two runs side by side: what changed, how sure that is, and whether it is a regression. Plain
/// data; `compare_runs()` makes it, the reports print it.
namespace shaketable::engine {

/// One side. `runs` are the summaries of all its seeds; `record` and `verdict` are those of the
/// first of them, for what a summary does not hold.
struct ComparedSide {
  std::string name;  ///< What people call it: the file.
  const Scenario& scenario;
  const RunRecord& record;
  const Verdict& verdict;
  std::vector<RunSummary> runs;  ///< Not empty; the first is that of `record`.
};

/// How much worse a metric may become.
struct Tolerance {
  enum class Kind : std::uint8_t { kRelative, kPoints, kAbsolute };
  Metric metric = Metric::kP99;
  std::string subject;  ///< Empty = all requests, "*" = each service; a service, an edge, a load.
  Kind kind = Kind::kRelative;
  std::int64_t amount = 0;  ///< kRelative: ppm of the value before; else in the metric's unit.
  std::string text;         ///< As written: "p99=10%".
};

/// What a change means.
enum class Change : std::uint8_t {
  kSame,    ///< None that matters: too small, or within what chance does.
  kBetter,  ///< The three others matter.
  kWorse,
  kOther,    ///< Neither good nor bad by itself: more load, more work.
  kAdded,    ///< The subject is there only after.
  kRemoved,  ///< The subject was there only before.
};

/// From where on a change matters.
struct Importance {
  std::int64_t relative_ppm = 50'000;       ///< Of latencies and rates: 5 %.
  std::int64_t success_points_ppm = 1'000;  ///< Of success rates: 0.1 percentage points.
  std::int64_t points_ppm = 10'000;         ///< Of other shares: 1 percentage point.
};

/// One figure of one subject.
struct Delta {
  SignalSummary::Kind kind = SignalSummary::Kind::kService;
  std::string subject;
  Metric metric = Metric::kP99;
  std::optional<std::int64_t> before, after;   ///< Means over the runs of a side.
  std::optional<std::int64_t> difference;      ///< After minus before.
  std::optional<std::int64_t> relative_ppm;    ///< Of `before`; nothing when that is zero.
  std::optional<ConfidenceInterval> interval;  ///< Of the difference, 95 %.
  Change change = Change::kSame;
};

struct ExpectationChange {
  std::string text;
  std::optional<ExpectationState> before, after;  ///< The worst over the runs of a side.
  std::uint64_t fine_before = 0, fine_after = 0;  ///< Runs in which it was fine.
  std::optional<std::int64_t> value_before, value_after;
  std::string got_before, got_after;  ///< In the first run.
  Change change = Change::kSame;
};

struct EventChange {
  EventKind kind = EventKind::kCircuitOpen;
  std::string subject;  ///< "gateway -> payment"
  std::uint64_t before = 0, after = 0;
};

/// A line of the configuration that is not the same. Filled by whoever has the sources.
struct ConfigurationChange {
  std::string where;          ///< "mesh.yaml: services.catalog.instances", "--seed"
  std::string before, after;  ///< Empty = not there.
};

struct Regression {
  std::string what;  ///< "p99 of all requests", or an expectation.
  std::string text;  ///< "81.2 ms -> 97.0 ms (+19.5 %), allowed +10 %"
};

/// Why the intervals are what they are.
enum class Pairing : std::uint8_t {
  kNoIntervals,     ///< There are none: too few buckets.
  kSeeds,           ///< Runs of equal seeds, difference by difference.
  kBuckets,         ///< One seed: spans of time of two runs with common random numbers.
  kUnpairedRuns,    ///< Runs of different seeds.
  kUnpairedBuckets  ///< Spans of time of two independent runs.
};

struct RunComparison {
  std::string headline;       ///< "REGRESSION: p99 of all requests ..." / "no change that matters"
  std::string before, after;  ///< Names of the sides.
  bool identical = false;     ///< Both runs did the same, event for event.
  Pairing pairing = Pairing::kNoIntervals;
  std::uint64_t runs_before = 1, runs_after = 1, common_seeds = 0;
  std::vector<Regression> regressions;
  std::vector<ExpectationChange> expectations;
  std::vector<Delta> deltas;        ///< Clients, services, edges; by name of the later run's order.
  std::vector<EventChange> events;  ///< Those with different counts.
  std::vector<ConfigurationChange> configuration;
  std::uint64_t configuration_left_out = 0;

  [[nodiscard]] bool is_regression() const { return !regressions.empty(); }
  /// Deltas that matter.
  [[nodiscard]] std::uint64_t important() const;
};

struct ComparisonOptions {
  Importance importance;
  /// Empty: success rate 0.1 points and p99 10 % of all requests.
  std::vector<Tolerance> tolerances;
};

/// Compares two sides. Subjects are matched by name, so meshes may differ.
///
/// A regression is an expectation that was fine and is not any more, or a figure that is worse by
/// more than its tolerance, where that is more than chance: an interval without zero. Intervals
/// come from pairs of runs with the same seed (at least three), else, when both have at least three
/// runs, from these; else from up to 20 spans of time of the two runs, in pairs when the seeds are
/// equal: the random numbers are then common, and what both have of it drops out. Spans of a run
/// with a fault are not alike, which makes an interval wider, never narrower.
[[nodiscard]] RunComparison compare_runs(const ComparedSide& before, const ComparedSide& after,
                                         const ComparisonOptions& options);

/// +1 when more is better, -1 when less is, 0 when neither.
[[nodiscard]] int better_direction(Metric metric);

/// A difference in words, always signed: "+15.8 ms", "-0.31 pp", "+2.5/s".
[[nodiscard]] std::string format_difference(Metric metric, std::int64_t difference);

/// "+19.5 %"; "0 %".
[[nodiscard]] std::string format_relative(std::int64_t ppm);

}  // namespace shaketable::engine
