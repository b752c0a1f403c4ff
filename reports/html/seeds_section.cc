#include <algorithm>

#include "engine/judge/comparison.h"
#include "engine/judge/units.h"
#include "reports/comparison_rows.h"
#include "reports/html/comparison_section.h"
#include "reports/html/page.h"
#include "reports/replication_rows.h"

namespace shaketable::reports {
namespace {

using engine::ReplicatedExpectation;

std::string value_or_dash(const std::optional<std::int64_t>& value, const std::string& unit) {
  return value ? keyed(*value, safe(format_in_unit(unit, *value))) : "-";
}

void expectations_over_seeds(Page& page, const engine::Replications& all) {
  Table table{.caption =
                  "Each expectation over all seeds. The share of all possible seeds in which "
                  "it is fine, and the median of what is measured, lie in the intervals with "
                  "95 % confidence.",
              .heads = {"Expectation", "Result", "Fine in", "Of all seeds", "Least", "Median",
                        "Median lies in", "Most", "First bad seed"},
              .numbers_from = 2,
              .numbers_to = 9,
              .name = "seeds"};
  const auto& verdicts = page.report.verdict.expectations;
  for (std::size_t i = 0; i < all.expectations.size() && i < verdicts.size(); ++i) {
    if (table.rows.size() >= page.limits.expectation_rows) {
      break;
    }
    const ReplicatedExpectation& it = all.expectations[i];
    const std::string& unit = verdicts[i].unit;
    table.rows.push_back(
        {safe(verdicts[i].text, 300),
         marked(it.passed ? Tone::kHealthy : Tone::kFailing, it.passed ? "held" : "not held"),
         safe(held_of(it)), whole_percents(it.share), value_or_dash(it.lowest, unit),
         value_or_dash(it.median, unit),
         it.median_lies ? safe(format_in_unit(unit, it.median_lies->low) + " to " +
                               format_in_unit(unit, it.median_lies->high))
                        : "-",
         value_or_dash(it.highest, unit),
         it.first_bad_seed ? std::to_string(*it.first_bad_seed) : "-"});
  }
  page.out += markup_of(table);
}

void runs_by_seed(Page& page, const engine::Replications& all) {
  constexpr std::size_t kMostRows = 100;
  Table table{.caption = "Each run, as its clients saw it.",
              .heads = {"Seed", "Verdict", "Expectations fine", "Success", "p50", "p99"},
              .numbers_from = 2,
              .numbers_to = 6,
              .name = "runs"};
  for (const engine::RunSummary& run : all.runs) {
    if (table.rows.size() >= kMostRows) {
      break;
    }
    const auto fine = std::count_if(run.expectations.begin(), run.expectations.end(),
                                    [](const auto& it) { return engine::is_fine(it.state); });
    const engine::SignalSummary* clients = run.signals.empty() ? nullptr : &run.signals.front();
    const auto figure = [clients](engine::Metric metric) {
      const auto value = clients == nullptr ? std::nullopt : engine::value_of(*clients, metric);
      return value ? keyed(*value, safe(engine::format_metric(metric, *value))) : "-";
    };
    table.rows.push_back(
        {std::to_string(run.seed),
         marked(run.passed ? Tone::kHealthy : Tone::kFailing, run.passed ? "passed" : "failed"),
         std::to_string(fine) + " of " + std::to_string(run.expectations.size()),
         figure(engine::Metric::kSuccessRate), figure(engine::Metric::kP50),
         figure(engine::Metric::kP99)});
  }
  page.out += "<details><summary>Run by run</summary>" + markup_of(table) + "</details>\n";
  if (table.rows.size() < all.runs.size()) {
    page.leave_out(std::to_string(all.runs.size() - table.rows.size()) +
                   " more runs are in the JSON result.");
  }
}

}  // namespace

void write_seeds(Page& page) {
  const engine::Replications* all = page.report.replications;
  if (all == nullptr) {
    return;
  }
  page.out += begin_section("seeds", "All seeds");
  page.out += "<p>" + safe(all->headline, 400) + ": " + safe(seeds_text(*all)) +
              ". The rest of this page shows seed " + std::to_string(page.report.record.seed) +
              ".</p>\n";
  expectations_over_seeds(page, *all);
  runs_by_seed(page, *all);
  page.out += "</section>\n";
}

void write_baseline(Page& page) {
  const engine::RunComparison* comparison = page.report.comparison;
  if (comparison == nullptr) {
    return;
  }
  constexpr std::size_t kMostDeltas = 40;
  page.out += begin_section("baseline", "Against the baseline");
  page.out += "<p>" + safe(sides_text(*comparison), 600) + ". " +
              safe(pairing_text(*comparison), 400) + ".</p>\n" + regressions_table(*comparison);
  engine::RunComparison changed;
  changed.runs_before = comparison->runs_before;
  changed.runs_after = comparison->runs_after;
  std::copy_if(comparison->expectations.begin(), comparison->expectations.end(),
               std::back_inserter(changed.expectations),
               [](const auto& it) { return it.change != engine::Change::kSame; });
  page.out += expectation_changes_table(changed, page.limits.expectation_rows);
  std::size_t left_out = 0;
  const std::vector<engine::Delta> deltas = chosen_deltas(*comparison, kMostDeltas, left_out);
  if (!comparison->identical && !deltas.empty()) {
    page.out +=
        deltas_table(deltas, "What all clients saw, and every figure whose change matters.");
  }
  const std::string differences = differences_tables(page, *comparison, 40);
  page.out += differences.empty() ? "" : "<h3>What is different</h3>\n" + differences;
  if (left_out > 0) {
    page.leave_out(std::to_string(left_out) +
                   " more figures changed; `shaketable compare` shows all of them.");
  }
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
