#include "reports/comparison_rows.h"

#include <algorithm>

#include "engine/judge/units.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::Change;
using engine::Delta;
using engine::RunComparison;
using engine::SignalSummary;

std::string value_or_dash(engine::Metric metric, const std::optional<std::int64_t>& value) {
  return value ? engine::format_metric(metric, *value) : "-";
}

// Less is graver.
int gravity(const Delta& delta) {
  switch (delta.change) {
    case Change::kWorse:
      return 0;
    case Change::kAdded:
    case Change::kRemoved:
      return 1;
    case Change::kBetter:
      return 2;
    case Change::kOther:
      return 3;
    case Change::kSame:
      return 4;
  }
  return 4;
}

std::string runs_text(std::uint64_t runs) {
  return runs == 1 ? "" : ", " + std::to_string(runs) + " runs";
}

std::string state_word(const std::optional<engine::ExpectationState>& state, std::uint64_t fine,
                       std::uint64_t runs) {
  if (!state) {
    return "not there";
  }
  return runs == 1 ? long_name(*state)
                   : "as wanted in " + std::to_string(fine) + " of " + std::to_string(runs);
}

}  // namespace

std::vector<std::string> delta_heads() {
  return {"what", "figure", "before", "after", "change", "95 % of the change", "meaning"};
}

std::vector<std::string> delta_cells(const Delta& delta) {
  std::string change = "-";
  std::string likely = "-";
  if (delta.difference) {
    change =
        *delta.difference == 0 ? "0" : engine::format_difference(delta.metric, *delta.difference);
    const bool is_rate_or_time =
        delta.relative_ppm && delta.metric != engine::Metric::kSuccessRate &&
        delta.metric != engine::Metric::kRetryRatio && delta.metric != engine::Metric::kUtilisation;
    if (is_rate_or_time && *delta.difference != 0) {
      change += " (" + engine::format_relative(*delta.relative_ppm) + ')';
    }
  }
  if (delta.interval) {
    likely = delta.interval->low == 0 && delta.interval->high == 0
                 ? "0"
                 : engine::format_difference(delta.metric, delta.interval->low) + " to " +
                       engine::format_difference(delta.metric, delta.interval->high);
  }
  return {delta.subject,
          engine::name_of(delta.metric),
          value_or_dash(delta.metric, delta.before),
          value_or_dash(delta.metric, delta.after),
          change,
          likely,
          word_for(delta.change)};
}

const char* word_for(Change change) {
  switch (change) {
    case Change::kSame:
      return "";
    case Change::kBetter:
      return "better";
    case Change::kWorse:
      return "WORSE";
    case Change::kOther:
      return "different";
    case Change::kAdded:
      return "new";
    case Change::kRemoved:
      return "gone";
  }
  return "";
}

std::vector<Delta> chosen_deltas(const RunComparison& comparison, std::size_t most,
                                 std::size_t& left_out) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < comparison.deltas.size(); ++i) {
    const Delta& delta = comparison.deltas[i];
    if (delta.change != Change::kSame || delta.subject == engine::kAllRequests) {
      chosen.push_back(i);
    }
  }
  left_out = chosen.size() > most ? chosen.size() - most : 0;
  const auto first_of = [&](std::size_t i) {
    const Delta& delta = comparison.deltas[i];
    return delta.subject == engine::kAllRequests ? -1 : gravity(delta);
  };
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&](std::size_t l, std::size_t r) { return first_of(l) < first_of(r); });
  chosen.resize(chosen.size() - left_out);
  std::sort(chosen.begin(), chosen.end());
  std::vector<Delta> result;
  for (const std::size_t i : chosen) {
    result.push_back(comparison.deltas[i]);
  }
  return result;
}

std::string sides_text(const RunComparison& comparison) {
  return "before: " + comparison.before + runs_text(comparison.runs_before) +
         "; after: " + comparison.after + runs_text(comparison.runs_after);
}

std::string pairing_text(const RunComparison& comparison) {
  if (comparison.identical) {
    return "the fingerprints are equal";
  }
  switch (comparison.pairing) {
    case engine::Pairing::kNoIntervals:
      return "too little was measured for intervals: a change counts by its size alone";
    case engine::Pairing::kSeeds:
      return "intervals (95 %) from " + std::to_string(comparison.common_seeds) +
             " pairs of runs with the same seed";
    case engine::Pairing::kBuckets:
      return "intervals (95 %) from pairs of spans of time: both runs have the same seed and draw "
             "the same random numbers; runs of more seeds say more";
    case engine::Pairing::kUnpairedRuns:
      return "intervals (95 %) from runs of different seeds";
    case engine::Pairing::kUnpairedBuckets:
      return "intervals (95 %) from spans of time of two runs that have nothing in common; the "
             "same "
             "seed would make them narrower";
  }
  return "";
}

std::string expectation_change_text(const RunComparison& comparison,
                                    const engine::ExpectationChange& change) {
  std::string text = state_word(change.before, change.fine_before, comparison.runs_before) +
                     " -> " + state_word(change.after, change.fine_after, comparison.runs_after);
  if (change.before && change.after) {
    text += change.got_before == change.got_after
                ? " (" + change.got_after + ')'
                : " (" + change.got_before + " -> " + change.got_after + ')';
  }
  return text;
}

std::string event_change_text(const engine::EventChange& change) {
  return (change.subject.empty() ? "" : change.subject + ": ") +
         std::string(engine::words_for(change.kind)) + ": " + engine::format_count(change.before) +
         " -> " + engine::format_count(change.after);
}

std::string configuration_change_text(const engine::ConfigurationChange& change) {
  if (change.before.empty()) {
    return change.where + ": " + change.after + " (new)";
  }
  if (change.after.empty()) {
    return change.where + ": " + change.before + " (gone)";
  }
  return change.where + ": " + change.before + " -> " + change.after;
}

}  // namespace shaketable::reports
