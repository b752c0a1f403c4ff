#include <algorithm>
#include <vector>

#include "engine/judge/replications.h"
#include "reports/comparison_report.h"
#include "reports/comparison_rows.h"
#include "reports/escape.h"
#include "reports/text_layout.h"

namespace shaketable::reports {
namespace {

using engine::Change;
using engine::RunComparison;

constexpr std::size_t kMostFigures = 40;
constexpr std::size_t kMostLines = 20;
constexpr std::size_t kInterval = 5;  // Column of the interval.

const char* color_of(Change change) {
  switch (change) {
    case Change::kBetter:
      return kGreen;
    case Change::kWorse:
      return kRed;
    case Change::kOther:
    case Change::kAdded:
    case Change::kRemoved:
      return kYellow;
    case Change::kSame:
      break;
  }
  return kDim;
}

class ComparisonWriter : private TextLayout {
 public:
  ComparisonWriter(const RunComparison& comparison, const TextStyle& style)
      : TextLayout(style), comparison_(comparison) {}

  std::string write() {
    headline(comparison_.headline, comparison_.is_regression() ? kRed : kGreen);
    paragraph("", 0, sides_text(comparison_));
    paragraph("", 0, pairing_text(comparison_));
    regressions();
    expectations();
    figures();
    events();
    configuration();
    return std::move(out_);
  }

 private:
  void regressions() {
    if (!comparison_.is_regression()) {
      return;
    }
    title("Regressions");
    for (const engine::Regression& it : comparison_.regressions) {
      paragraph("  ", 4, it.what + ": " + it.text);
    }
  }

  void expectations() {
    if (comparison_.expectations.empty()) {
      return;
    }
    title("Expectations");
    std::size_t same = 0;
    for (const engine::ExpectationChange& it : comparison_.expectations) {
      if (it.change == Change::kSame) {
        ++same;
        continue;
      }
      paragraph("  " + painted(padded(word_for(it.change), 6, false), color_of(it.change)) + "  ",
                10, it.text);
      paragraph(spaces(10), 10, expectation_change_text(comparison_, it));
    }
    if (same > 0) {
      out_ += "  " + std::to_string(same) +
              (same == comparison_.expectations.size() ? " with the same answer\n"
                                                       : " more with the same answer\n");
    }
  }

  void figures() {
    std::size_t left_out = 0;
    const std::vector<engine::Delta> chosen = chosen_deltas(comparison_, kMostFigures, left_out);
    if (chosen.empty()) {
      return;
    }
    title("Figures: of all requests, and those that changed");
    std::vector<std::vector<std::string>> rows{delta_heads()};
    for (const engine::Delta& delta : chosen) {
      rows.push_back(delta_cells(delta));
      rows.back()[0] = for_terminal(rows.back()[0]);
    }
    const std::vector<std::size_t> widths = widths_of(rows);
    std::string last;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const bool repeats = r > 0 && rows[r][0] == last;
      last = rows[r][0];
      row(rows[r], widths, r == 0 ? kDim : color_of(chosen[r - 1].change), r == 0, repeats);
    }
    if (left_out > 0) {
      out_ += "  ... and " + std::to_string(left_out) + " more; all are in the JSON\n";
    }
  }

  // A narrow terminal gets the interval on a line of its own.
  std::vector<std::size_t> widths_of(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        widths[i] = std::max(widths[i], display_width(row[i]));
      }
    }
    constexpr std::size_t kMostName = 32;
    widths[0] = std::min(widths[0], kMostName);
    const auto total = [&widths](bool with_interval) {
      std::size_t sum = 2;
      for (std::size_t i = 0; i < widths.size(); ++i) {
        sum += i == kInterval && !with_interval ? 0 : widths[i] + (i == 0 ? 0 : 2);
      }
      return sum;
    };
    wide_ = total(true) <= style_.width;
    if (!wide_ && total(false) > style_.width) {
      const std::size_t over = total(false) - style_.width;
      widths[0] -= std::min(over, widths[0] - std::min<std::size_t>(widths[0], 12));
    }
    return widths;
  }

  void row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
           const char* color, bool is_head, bool repeats) {
    const std::string name = repeats ? "" : shortened(cells[0], widths[0]);
    std::string line = "  " + padded(name, widths[0], false);
    for (std::size_t i = 1; i + 1 < cells.size(); ++i) {
      if (i != kInterval || wide_) {
        line += "  " + padded(cells[i], widths[i], i > 1);
      }
    }
    const std::string meaning = cells.back().empty() ? "" : "  " + painted(cells.back(), color);
    if (is_head) {
      line = painted(line + "  " + cells.back(), kDim);
    } else {
      line += meaning;
    }
    out_ += line + '\n';
    if (!wide_ && !is_head && !cells.back().empty() && cells[kInterval] != "-") {
      out_ += painted(spaces(6) + "95 % of the change: " + cells[kInterval], kDim) + '\n';
    }
  }

  template <class Items, class Words>
  void list(const std::string& name, const Items& items, std::uint64_t more, Words&& words) {
    if (items.empty()) {
      return;
    }
    title(name);
    for (std::size_t i = 0; i < std::min(items.size(), kMostLines); ++i) {
      paragraph("  ", 4, words(items[i]));
    }
    more += items.size() > kMostLines ? items.size() - kMostLines : 0;
    if (more > 0) {
      out_ += "  ... and " + std::to_string(more) + " more\n";
    }
  }

  void events() {
    list("Events (first run of each side)", comparison_.events, 0, event_change_text);
  }

  void configuration() {
    list("Configuration", comparison_.configuration, comparison_.configuration_left_out,
         configuration_change_text);
  }

  const RunComparison& comparison_;
  bool wide_ = true;
};

class ChangesWriter : private TextLayout {
 public:
  explicit ChangesWriter(const TextStyle& style) : TextLayout(style) {}

  std::string write(const Report& report, const RunComparison& comparison) {
    out_ += '\n';
    const bool passed =
        report.replications != nullptr ? report.replications->passed : report.verdict.passed;
    headline(
        report.replications != nullptr ? report.replications->headline : report.verdict.headline,
        passed ? kGreen : kRed);
    bool any = false;
    for (const engine::ExpectationChange& it : comparison.expectations) {
      if (it.change == Change::kSame && it.value_before == it.value_after) {
        continue;
      }
      any = true;
      const bool is_same = it.change == Change::kSame;
      paragraph("  " +
                    painted(padded(is_same ? "same" : word_for(it.change), 6, false),
                            color_of(it.change)) +
                    "  ",
                10, it.text + ": " + expectation_change_text(comparison, it));
    }
    if (!any) {
      paragraph("  ", 2,
                comparison.identical ? "the run did the same, event for event"
                                     : "every expectation got the same answer and value");
    }
    return std::move(out_);
  }
};

}  // namespace

std::string verdict_changes(const Report& report, const RunComparison& comparison,
                            const TextStyle& style) {
  return ChangesWriter(style).write(report, comparison);
}

std::string comparison_text(const RunComparison& comparison, const TextStyle& style) {
  return ComparisonWriter(comparison, style).write();
}

}  // namespace shaketable::reports
