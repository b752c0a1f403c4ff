#include "engine/judge/comparison.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "engine/judge/comparison_parts.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

constexpr std::array kMetrics{Metric::kSuccessRate, Metric::kP50,        Metric::kP99,
                              Metric::kRps,         Metric::kRetryRatio, Metric::kUtilisation};

bool is_share(Metric metric) {
  return metric == Metric::kSuccessRate || metric == Metric::kErrorRate ||
         metric == Metric::kRetryRatio || metric == Metric::kUtilisation;
}

std::int64_t magnitude(std::int64_t value) { return value < 0 ? -value : value; }

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
    expectations();
    events();
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

  // ---- expectations --------------------------------------------------------------------------

  struct Expected {
    std::optional<ExpectationState> worst;
    std::uint64_t fine = 0;
  };

  static Expected over_runs(const ComparedSide& side, std::size_t index) {
    Expected result;
    for (const RunSummary& run : side.runs) {
      const ExpectationState state = run.expectations[index].state;
      result.fine += is_fine(state) ? 1 : 0;
      if (!result.worst || (is_fine(*result.worst) && !is_fine(state))) {
        result.worst = state;
      }
    }
    return result;
  }

  // By text; the second of two equal texts belongs to the second of the others.
  void expectations() {
    std::multimap<std::string, std::size_t> old;
    const std::vector<ExpectationVerdict>& earlier = before_.verdict.expectations;
    for (std::size_t i = 0; i < earlier.size(); ++i) {
      old.emplace(earlier[i].text, i);
    }
    const std::vector<ExpectationVerdict>& later = after_.verdict.expectations;
    for (std::size_t i = 0; i < later.size(); ++i) {
      ExpectationChange change{.text = later[i].text};
      set_after(change, i);
      if (const auto found = old.find(later[i].text); found != old.end()) {
        set_before(change, found->second);
        old.erase(found);
      }
      add(change);
    }
    for (std::size_t i = 0; i < earlier.size(); ++i) {
      const auto range = old.equal_range(earlier[i].text);
      if (std::any_of(range.first, range.second, [i](const auto& it) { return it.second == i; })) {
        ExpectationChange change{.text = earlier[i].text};
        set_before(change, i);
        add(change);
      }
    }
  }

  void set_before(ExpectationChange& change, std::size_t i) const {
    const Expected expected = over_runs(before_, i);
    change.before = expected.worst;
    change.fine_before = expected.fine;
    change.value_before = before_.verdict.expectations[i].value;
    change.got_before = before_.verdict.expectations[i].got;
  }

  void set_after(ExpectationChange& change, std::size_t i) const {
    const Expected expected = over_runs(after_, i);
    change.after = expected.worst;
    change.fine_after = expected.fine;
    change.value_after = after_.verdict.expectations[i].value;
    change.got_after = after_.verdict.expectations[i].got;
  }

  void add(ExpectationChange change) {
    if (!change.before) {
      change.change = Change::kAdded;
    } else if (!change.after) {
      change.change = Change::kRemoved;
    } else if (is_fine(*change.before) && !is_fine(*change.after)) {
      change.change = Change::kWorse;
      result_.regressions.push_back(
          {.what = change.text, .text = "held before, now: " + now_words(change)});
    } else if (!is_fine(*change.before) && is_fine(*change.after)) {
      change.change = Change::kBetter;
    } else if (*change.before == ExpectationState::kKnownFailure &&
               *change.after == ExpectationState::kHeld) {
      change.change = Change::kBetter;
    } else if (*change.before == ExpectationState::kHeld &&
               *change.after == ExpectationState::kKnownFailure) {
      change.change = Change::kOther;  // The file announces it, so it is no regression.
    }
    result_.expectations.push_back(std::move(change));
  }

  [[nodiscard]] std::string now_words(const ExpectationChange& change) const {
    if (after_.runs.size() == 1) {
      return "got " + change.got_after + " instead of " + change.got_before;
    }
    return "held in " + std::to_string(change.fine_after) + " of " +
           std::to_string(after_.runs.size()) + " runs";
  }

  // ---- events --------------------------------------------------------------------------------

  using EventKey = std::pair<EventKind, std::string>;

  static std::map<EventKey, std::uint64_t> counts_of(const ComparedSide& side) {
    std::map<EventKey, std::uint64_t> counts;
    for (const RunEvent& event : side.record.events) {
      const std::string subject = event.service == kNone ? std::string()
                                  : event.caller == kNone
                                      ? service_name(side.scenario, event.service)
                                      : edge_name(side.scenario, event.caller, event.service);
      counts[{event.kind, subject}] += event.count;
    }
    return counts;
  }

  void events() {
    std::map<EventKey, std::pair<std::uint64_t, std::uint64_t>> both;
    for (const auto& [key, count] : counts_of(before_)) {
      both[key].first = count;
    }
    for (const auto& [key, count] : counts_of(after_)) {
      both[key].second = count;
    }
    for (const auto& [key, counts] : both) {
      if (counts.first != counts.second) {
        result_.events.push_back({.kind = key.first,
                                  .subject = key.second,
                                  .before = counts.first,
                                  .after = counts.second});
      }
    }
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

std::string with_sign(std::int64_t value, const std::string& text) {
  return value > 0 ? '+' + text : text;
}

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

int better_direction(Metric metric) {
  switch (metric) {
    case Metric::kSuccessRate:
    case Metric::kGoodput:
      return 1;
    case Metric::kErrorRate:
    case Metric::kMean:
    case Metric::kP50:
    case Metric::kP90:
    case Metric::kP95:
    case Metric::kP99:
    case Metric::kP999:
    case Metric::kMax:
    case Metric::kRetryRatio:
    case Metric::kQueue:
      return -1;
    case Metric::kRps:
    case Metric::kUtilisation:
    case Metric::kRequests:
    case Metric::kShare:
      return 0;
  }
  return 0;
}

std::string format_difference(Metric metric, std::int64_t difference) {
  if (is_share(metric)) {
    std::string text = format_ppm(difference);
    text.pop_back();  // "%": a difference of shares is in points.
    return with_sign(difference, text + "pp");
  }
  if (metric == Metric::kRequests && difference < 0) {
    return '-' + format_metric(metric, -difference);
  }
  if (difference < 0 && (metric == Metric::kRps || metric == Metric::kGoodput)) {
    return '-' + format_rate(-difference);
  }
  return with_sign(difference, format_metric(metric, difference));
}

std::string format_relative(std::int64_t ppm) {
  constexpr std::int64_t kThousandfold = 1'000'000'000;
  if (magnitude(ppm) >= kThousandfold) {
    return ppm > 0 ? "more than a thousandfold" : "-100 %";
  }
  const std::int64_t rounded = (magnitude(ppm) + 500) / 1'000 * 1'000;  // One decimal.
  const std::string text = format_millionths(rounded * 100, 1) + " %";
  return ppm < 0 && rounded > 0 ? '-' + text : with_sign(rounded, text);
}

}  // namespace shaketable::engine
