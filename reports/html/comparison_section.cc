#include "reports/html/comparison_section.h"

#include <algorithm>
#include <optional>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/comparison_rows.h"

namespace shaketable::reports {

using engine::Change;
using engine::RunComparison;

std::string marked(Change change) {
  switch (change) {
    case Change::kBetter:
      return "<span class=\"better\">&#9650; better</span>";
    case Change::kWorse:
      return "<span class=\"worse\">&#9660; worse</span>";
    case Change::kOther:
      return "<b>different</b>";
    case Change::kAdded:
      return "<b>new</b>";
    case Change::kRemoved:
      return "<b>gone</b>";
    case Change::kSame:
      break;
  }
  return "<span class=\"dim\">same</span>";
}

std::string regressions_table(const RunComparison& comparison) {
  if (comparison.regressions.empty()) {
    return "<p>No regression: no expectation broke, and no figure is worse by more than its "
           "tolerance allows.</p>\n";
  }
  Table table{.caption = "What is worse by more than is allowed, and by more than chance.",
              .heads = {"What", "Before, after, allowed"},
              .name = "regressions"};
  for (const engine::Regression& it : comparison.regressions) {
    table.rows.push_back(
        {"<span class=\"worse\">&#9660;</span> " + safe(it.what, 200), safe(it.text, 300)});
  }
  return markup_of(table);
}

namespace {

std::string state_of(const std::optional<engine::ExpectationState>& state, std::uint64_t fine,
                     std::uint64_t runs) {
  if (!state) {
    return "<span class=\"dim\">not there</span>";
  }
  return marked(*state) + (runs > 1 ? "<br><span class=\"dim\">fine in " + std::to_string(fine) +
                                          " of " + std::to_string(runs) + "</span>"
                                    : "");
}

}  // namespace

std::string expectation_changes_table(const RunComparison& comparison, std::size_t most_rows) {
  if (comparison.expectations.empty()) {
    return {};
  }
  const bool many = comparison.runs_before > 1 || comparison.runs_after > 1;
  Table table{.caption = many ? "The worst answer over the runs of each side; values of the first."
                              : "What each expectation gave.",
              .heads = {"Expectation", "Before", "Got before", "After", "Got after", "Change"},
              .name = "expectation-changes"};
  for (const engine::ExpectationChange& it : comparison.expectations) {
    if (table.rows.size() >= most_rows) {
      break;
    }
    table.rows.push_back(
        {safe(it.text, 300), state_of(it.before, it.fine_before, comparison.runs_before),
         safe(it.got_before, 100), state_of(it.after, it.fine_after, comparison.runs_after),
         safe(it.got_after, 100), marked(it.change)});
  }
  std::string out = markup_of(table);
  if (table.rows.size() < comparison.expectations.size()) {
    out += "<p class=\"note\">" +
           std::to_string(comparison.expectations.size() - table.rows.size()) +
           " more expectations are in the JSON of the comparison.</p>\n";
  }
  return out;
}

std::string deltas_table(std::span<const engine::Delta> deltas, const std::string& caption) {
  Table table{
      .caption = caption,
      .heads = {"Of", "Figure", "Before", "After", "Change", "95 % of the change", "Meaning"},
      .numbers_from = 2,
      .numbers_to = 6,
      .name = "figures"};
  for (const engine::Delta& delta : deltas) {
    std::vector<std::string> cells = delta_cells(delta);
    for (std::string& cell : cells) {
      cell = safe(cell, 120);
    }
    if (delta.change == Change::kWorse || delta.change == Change::kBetter) {
      cells[4] = std::string("<span class=\"") +
                 (delta.change == Change::kWorse ? "worse" : "better") + "\">" + cells[4] +
                 "</span>";
    }
    cells[4] = keyed(delta.relative_ppm.value_or(delta.difference.value_or(0)), cells[4]);
    cells.back() = marked(delta.change);
    table.rows.push_back(std::move(cells));
  }
  return markup_of(table);
}

std::string differences_tables(Page& page, const RunComparison& comparison, std::size_t most_rows) {
  std::string out;
  Table lines{.caption = "Lines of the files and of the command that differ; empty: not there.",
              .heads = {"Where", "Before", "After"},
              .name = "configuration-changes"};
  for (const engine::ConfigurationChange& it : comparison.configuration) {
    if (lines.rows.size() < most_rows) {
      lines.rows.push_back({safe(it.where, 160), "<code>" + safe(it.before, 200) + "</code>",
                            "<code>" + safe(it.after, 200) + "</code>"});
    }
  }
  out += lines.rows.empty() ? "" : markup_of(lines);
  Table counts{.caption = "Events that happened more or less often.",
               .heads = {"On", "Event", "Before", "After"},
               .numbers_from = 2,
               .numbers_to = 4,
               .name = "event-changes"};
  for (const engine::EventChange& it : comparison.events) {
    if (counts.rows.size() < most_rows) {
      counts.rows.push_back({safe(it.subject, 120), engine::words_for(it.kind),
                             engine::format_count(it.before), engine::format_count(it.after)});
    }
  }
  out += counts.rows.empty() ? "" : markup_of(counts);
  const std::size_t rest = comparison.configuration.size() - lines.rows.size() +
                           comparison.configuration_left_out + comparison.events.size() -
                           counts.rows.size();
  if (rest > 0) {
    const std::string sentence =
        std::to_string(rest) + " more differences of files and events are not in the tables.";
    out += "<p class=\"note\">" + sentence + "</p>\n";
    page.left_out.push_back(sentence);
  }
  return out;
}

}  // namespace shaketable::reports
