#include <algorithm>
#include <vector>

#include "reports/comparison_report.h"
#include "reports/comparison_rows.h"
#include "reports/escape.h"

namespace shaketable::reports {
namespace {

using engine::Change;
using engine::RunComparison;

constexpr std::size_t kMostFigures = 60;
constexpr std::size_t kMostLines = 50;
constexpr std::size_t kLongestCell = 120;

std::string cell(const std::string& text) { return for_markdown(shortened(text, kLongestCell)); }

void add_row(std::string& out, const std::vector<std::string>& cells) {
  out += '|';
  for (const std::string& text : cells) {
    out += ' ' + cell(text) + " |";
  }
  out += '\n';
}

void add_expectations(const RunComparison& comparison, std::string& out) {
  const auto changed = static_cast<std::size_t>(std::count_if(
      comparison.expectations.begin(), comparison.expectations.end(),
      [](const engine::ExpectationChange& it) { return it.change != Change::kSame; }));
  if (changed > 0) {
    out += "\n| | expectation | before -> after |\n| --- | --- | --- |\n";
  }
  for (const engine::ExpectationChange& it : comparison.expectations) {
    if (it.change != Change::kSame) {
      add_row(out, {word_for(it.change), it.text, expectation_change_text(comparison, it)});
    }
  }
  if (changed < comparison.expectations.size()) {
    out += "\nExpectations with the same answer: " +
           std::to_string(comparison.expectations.size() - changed) + ".\n";
  }
}

void add_figures(const RunComparison& comparison, std::string& out) {
  std::size_t left_out = 0;
  const std::vector<engine::Delta> chosen = chosen_deltas(comparison, kMostFigures, left_out);
  if (chosen.empty()) {
    return;
  }
  out += "\n## Figures\n\n";
  add_row(out, delta_heads());
  out += "| --- | --- | ---: | ---: | ---: | ---: | --- |\n";
  for (const engine::Delta& delta : chosen) {
    add_row(out, delta_cells(delta));
  }
  if (left_out > 0) {
    out += "\n" + std::to_string(left_out) + " more; all are in the JSON.\n";
  }
}

template <class Items, class Words>
void add_list(const char* name, const Items& items, std::uint64_t more, std::string& out,
              Words&& words) {
  if (items.empty()) {
    return;
  }
  out += std::string("\n## ") + name + "\n\n";
  for (std::size_t i = 0; i < std::min(items.size(), kMostLines); ++i) {
    out += "- " + for_markdown(words(items[i])) + '\n';
  }
  more += items.size() > kMostLines ? items.size() - kMostLines : 0;
  if (more > 0) {
    out += "- ... and " + std::to_string(more) + " more\n";
  }
}

}  // namespace

std::string comparison_markdown(const RunComparison& comparison) {
  std::string out = "# " + for_markdown(comparison.headline) + "\n\n" +
                    "Sides: " + for_markdown(sides_text(comparison)) +
                    "\n\nHow sure: " + for_markdown(pairing_text(comparison)) + '\n';
  for (std::size_t i = 0; i < comparison.regressions.size(); ++i) {
    const engine::Regression& it = comparison.regressions[i];
    out += (i == 0 ? "\n- WORSE: " : "- WORSE: ") + for_markdown(it.what + ": " + it.text) + '\n';
  }
  add_expectations(comparison, out);
  add_figures(comparison, out);
  add_list("Events", comparison.events, 0, out, event_change_text);
  add_list("Configuration", comparison.configuration, comparison.configuration_left_out, out,
           configuration_change_text);
  return out;
}

}  // namespace shaketable::reports
