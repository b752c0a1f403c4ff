#include "engine/judge/comparison.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "engine/judge/comparison_parts.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

constexpr std::array kMetrics{Metric::kSuccessRate, Metric::kP50,        Metric::kP99,
                              Metric::kRps,         Metric::kRetryRatio, Metric::kUtilisation};

std::optional<std::int64_t> relative_of(std::int64_t difference, std::int64_t before) {
  if (before == 0) {
    return std::nullopt;
  }
  constexpr std::int64_t kMost = 1'000'000'000'000;  // A million times as much.
  const proxy::Int128 share =
      static_cast<proxy::Int128>(difference) * 1'000'000 / magnitude(before);
  return static_cast<std::int64_t>(std::clamp<proxy::Int128>(share, -kMost, kMost));
}

// The mean over the runs of a side; nothing when no run has a value.
std::optional<std::int64_t> mean_over_runs(const ComparedSide& side, const SignalSummary& signal,
                                           Metric metric) {
  proxy::Int128 sum = 0;
  std::int64_t runs = 0;
  for (const RunSummary& run : side.runs) {
    const SignalSummary* mine = find_signal(run, signal.kind, signal.name);
    const auto value = mine == nullptr ? std::nullopt : value_of(*mine, metric);
    if (value) {
      sum += *value;
      ++runs;
    }
  }
  return runs == 0 ? std::nullopt : std::optional(static_cast<std::int64_t>(sum / runs));
}

bool matters(const Delta& delta, const Importance& importance) {
  const std::int64_t size = magnitude(*delta.difference);
  if (size == 0) {
    return false;
  }
  if (is_share(delta.metric)) {
    return size >= (delta.metric == Metric::kSuccessRate ? importance.success_points_ppm
                                                         : importance.points_ppm);
  }
  return !delta.relative_ppm || magnitude(*delta.relative_ppm) >= importance.relative_ppm;
}

bool is_sure(const Delta& delta) { return !delta.interval || !delta.interval->holds(0); }

Change change_of(const Delta& delta, const Importance& importance) {
  if (!delta.difference || !is_sure(delta) || !matters(delta, importance)) {
    return Change::kSame;
  }
  const int direction = better_direction(delta.metric);
  if (direction == 0) {
    return Change::kOther;
  }
  return (*delta.difference > 0) == (direction > 0) ? Change::kBetter : Change::kWorse;
}

class Comparer {
 public:
  Comparer(const ComparedSide& before, const ComparedSide& after, const ComparisonOptions& options)
      : before_(before), after_(after), options_(options) {}

  RunComparison make() {
    result_.before = before_.name;
    result_.after = after_.name;
    result_.runs_before = before_.runs.size();
    result_.runs_after = after_.runs.size();
    result_.common_seeds = common_seeds(before_, after_).size();
    result_.identical = same_runs();
    signals();
    compare_expectations(before_, after_, result_);
    result_.events = compare_events(before_, after_);
    tolerances();
    result_.headline = headline();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool same_runs() const {
    return std::equal(before_.runs.begin(), before_.runs.end(), after_.runs.begin(),
                      after_.runs.end(), [](const RunSummary& left, const RunSummary& right) {
                        return left.seed == right.seed && left.fingerprint == right.fingerprint;
                      });
  }

  // ---- figures -------------------------------------------------------------------------------

  void signals() {
    const RunSummary& old = before_.runs.front();
    const RunSummary& now = after_.runs.front();
    for (const SignalSummary& signal : now.signals) {
      const bool is_new = find_signal(old, signal.kind, signal.name) == nullptr;
      add_signal(signal, is_new ? Change::kAdded : Change::kSame);
    }
    for (const SignalSummary& signal : old.signals) {
      if (find_signal(now, signal.kind, signal.name) == nullptr) {
        add_signal(signal, Change::kRemoved);
      }
    }
  }

  void add_signal(const SignalSummary& signal, Change presence) {
    for (const Metric metric : kMetrics) {
      Delta delta = delta_of(signal, metric);
      if (!delta.before && !delta.after) {
        continue;
      }
      if (presence != Change::kSame) {
        delta.change = presence;
      }
      result_.deltas.push_back(std::move(delta));
    }
  }

  Delta delta_of(const SignalSummary& signal, Metric metric) {
    Delta delta{.kind = signal.kind, .subject = signal.name, .metric = metric};
    delta.before = mean_over_runs(before_, signal, metric);
    delta.after = mean_over_runs(after_, signal, metric);
    if (!delta.before || !delta.after) {
      return delta;
    }
    delta.difference = *delta.after - *delta.before;
    delta.relative_ppm = relative_of(*delta.difference, *delta.before);
    if (result_.identical) {
      delta.interval = ConfidenceInterval{};
      return delta;
    }
    const Uncertainty uncertainty = uncertainty_of(before_, after_, signal, metric);
    if (uncertainty.half_width) {
      result_.pairing = uncertainty.pairing;
      delta.interval = ConfidenceInterval{.low = *delta.difference - *uncertainty.half_width,
                                          .high = *delta.difference + *uncertainty.half_width};
    }
    delta.change = change_of(delta, options_.importance);
    return delta;
  }

  // ---- regressions ---------------------------------------------------------------------------

  void tolerances() {
    std::vector<Tolerance> tolerances = options_.tolerances;
    if (tolerances.empty()) {
      tolerances = {{Metric::kSuccessRate, "", Tolerance::Kind::kPoints, 1'000, "0.1pp"},
                    {Metric::kP99, "", Tolerance::Kind::kRelative, 100'000, "10%"}};
    }
    for (const Tolerance& tolerance : tolerances) {
      for (const Delta& delta : deltas_for(tolerance)) {
        check(tolerance, delta);
      }
    }
  }

  [[nodiscard]] std::vector<Delta> deltas_for(const Tolerance& tolerance) {
    std::vector<Delta> result;
    for (const SignalSummary& signal : after_.runs.front().signals) {
      const bool wanted = tolerance.subject == "*" ? signal.kind == SignalSummary::Kind::kService
                                                   : signal.name == (tolerance.subject.empty()
                                                                         ? std::string(kAllRequests)
                                                                         : tolerance.subject);
      if (wanted) {
        result.push_back(delta_of(signal, tolerance.metric));
      }
    }
    return result;
  }

  // How much worse it became, in the unit of the tolerance.
  static std::int64_t worsening(const Tolerance& tolerance, const Delta& delta) {
    const int direction = better_direction(tolerance.metric);
    const bool more_is_worse = direction < 0 || tolerance.metric == Metric::kUtilisation;
    const std::int64_t change =
        tolerance.kind == Tolerance::Kind::kRelative
            ? delta.relative_ppm.value_or(*delta.difference == 0 ? 0 : 1'000'000'000'000)
            : *delta.difference;
    return more_is_worse ? change : -change;
  }

  void check(const Tolerance& tolerance, const Delta& delta) {
    if (delta.before && !delta.after) {
      result_.regressions.push_back(
          {.what = std::string(name_of(tolerance.metric)) + " of " + delta.subject,
           .text = "nothing was measured any more"});
      return;
    }
    if (!delta.difference || !is_sure(delta) || worsening(tolerance, delta) <= tolerance.amount) {
      return;
    }
    std::string text = format_metric(delta.metric, *delta.before) + " -> " +
                       format_metric(delta.metric, *delta.after) + " (" +
                       format_difference(delta.metric, *delta.difference);
    if (delta.relative_ppm && !is_share(delta.metric)) {
      text += ", " + format_relative(*delta.relative_ppm);
    }
    text += "), allowed " + tolerance.text;
    result_.regressions.push_back(
        {.what = std::string(name_of(tolerance.metric)) + " of " + delta.subject,
         .text = std::move(text)});
  }

  [[nodiscard]] std::string headline() const {
    if (result_.is_regression()) {
      const Regression& first = result_.regressions.front();
      const std::size_t more = result_.regressions.size() - 1;
      return "REGRESSION: " + first.what + ": " + first.text +
             (more == 0 ? "" : ", and " + std::to_string(more) + " more");
    }
    if (result_.identical) {
      return "NO CHANGE: both did the same, event for event";
    }
    const std::uint64_t important = result_.important();
    return "NO REGRESSION: " +
           (important == 0   ? std::string("no figure changed by more than chance and threshold")
            : important == 1 ? std::string("one figure changed")
                             : std::to_string(important) + " figures changed");
  }

  const ComparedSide& before_;
  const ComparedSide& after_;
  const ComparisonOptions& options_;
  RunComparison result_;
};

}  // namespace

std::uint64_t RunComparison::important() const {
  return static_cast<std::uint64_t>(
      std::count_if(deltas.begin(), deltas.end(), [](const Delta& delta) {
        return delta.change == Change::kBetter || delta.change == Change::kWorse ||
               delta.change == Change::kOther;
      }));
}

RunComparison compare_runs(const ComparedSide& before, const ComparedSide& after,
                           const ComparisonOptions& options) {
  return Comparer(before, after, options).make();
}

}  // namespace shaketable::engine
