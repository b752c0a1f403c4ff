#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/judge/comparison_parts.h"
#include "engine/judge/names.h"

// Expectations and events of two runs side by side.
namespace shaketable::engine {
namespace {

class ExpectationComparer {
 public:
  ExpectationComparer(const ComparedSide& before, const ComparedSide& after, RunComparison& result)
      : before_(before), after_(after), result_(result) {}

  // By text; the second of two equal texts belongs to the second of the others.
  void compare() {
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

 private:
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

  const ComparedSide& before_;
  const ComparedSide& after_;
  RunComparison& result_;
};

using EventKey = std::pair<EventKind, std::string>;

std::map<EventKey, std::uint64_t> counts_of(const ComparedSide& side) {
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

}  // namespace

void compare_expectations(const ComparedSide& before, const ComparedSide& after,
                          RunComparison& result) {
  ExpectationComparer(before, after, result).compare();
}

std::vector<EventChange> compare_events(const ComparedSide& before, const ComparedSide& after) {
  std::vector<EventChange> events;
  std::map<EventKey, std::pair<std::uint64_t, std::uint64_t>> both;
  for (const auto& [key, count] : counts_of(before)) {
    both[key].first = count;
  }
  for (const auto& [key, count] : counts_of(after)) {
    both[key].second = count;
  }
  for (const auto& [key, counts] : both) {
    if (counts.first != counts.second) {
      events.push_back({.kind = key.first,
                        .subject = key.second,
                        .before = counts.first,
                        .after = counts.second});
    }
  }
  return events;
}

}  // namespace shaketable::engine
