#include "reports/text_report.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/analysis_rows.h"
#include "reports/comparison_rows.h"
#include "reports/escape.h"
#include "reports/replication_rows.h"
#include "reports/rows.h"
#include "reports/text_layout.h"

namespace shaketable::reports {
namespace {

using engine::ExpectationState;
using engine::ServiceState;

class TextWriter : private TextLayout {
 public:
  TextWriter(const Report& report, const TextStyle& style) : TextLayout(style), report_(report) {}

  std::string write() {
    headlines();
    expectations();
    services();
    story();
    analysis();
    recovery();
    explanations();
    footer();
    return std::move(out_);
  }

 private:
  void headlines() {
    if (report_.comparison != nullptr) {
      const bool is_worse = report_.comparison->is_regression();
      headline(report_.comparison->headline, is_worse ? kRed : kGreen);
    }
    if (const engine::Replications* all = report_.replications) {
      headline(all->headline, all->passed ? kGreen : kRed);
      paragraph("", 0, report_.scenario.name + ", " + seeds_text(*all));
      replications(*all);
      title("Seed " + std::to_string(report_.record.seed) + " alone");
    }
    headline(report_.verdict.headline, report_.verdict.passed ? kGreen : kRed);
    paragraph("", 0, run_line(report_));
    if (const std::string why = why_line(report_); !why.empty()) {
      paragraph("", 5, why);
    }
    if (report_.comparison != nullptr) {
      regressions(*report_.comparison);
    }
  }

  void replications(const engine::Replications& all) {
    title("Expectations over all seeds");
    constexpr std::size_t kIndent = 11;
    for (std::size_t i = 0; i < all.expectations.size(); ++i) {
      const engine::ReplicatedExpectation& it = all.expectations[i];
      const engine::ExpectationVerdict& verdict = report_.verdict.expectations[i];
      paragraph("  " + painted(padded(held_of(it), 7, false), it.passed ? kGreen : kRed) + "  ",
                kIndent, verdict.text);
      paragraph(spaces(kIndent), kIndent, replicated_text(it, verdict.unit));
    }
  }

  void regressions(const engine::RunComparison& comparison) {
    title("Against " + for_terminal(comparison.before));
    for (const engine::Regression& it : comparison.regressions) {
      paragraph("  " + painted("WORSE", kRed) + "  ", 9, it.what + ": " + it.text);
    }
    if (comparison.regressions.empty()) {
      paragraph("  ", 2, comparison.headline);
    }
    std::size_t left_out = 0;
    for (const engine::Delta& delta : chosen_deltas(comparison, 12, left_out)) {
      const std::vector<std::string> cells = delta_cells(delta);
      paragraph("  ", 4,
                cells[0] + ' ' + cells[1] + ": " + cells[2] + " -> " + cells[3] + ", " + cells[4] +
                    (cells[6].empty() ? "" : ", " + cells[6]));
    }
    paragraph("  ", 2, "`shaketable compare` shows all of it");
  }

  [[nodiscard]] const char* color_of(ExpectationState state) const {
    switch (state) {
      case ExpectationState::kHeld:
        return kGreen;
      case ExpectationState::kBroken:
      case ExpectationState::kUnexpectedPass:
        return kRed;
      case ExpectationState::kKnownFailure:
      case ExpectationState::kNotMeasurable:
        return kYellow;
    }
    return kBold;
  }

  void expectations() {
    if (report_.verdict.expectations.empty()) {
      return;
    }
    title("Expectations");
    constexpr std::size_t kIndent = 9;
    for (const auto& expectation : report_.verdict.expectations) {
      const std::string mark = padded(short_name(expectation.state), 5, false);
      paragraph("  " + painted(mark, color_of(expectation.state)) + "  ", kIndent,
                expectation.text);
      paragraph(spaces(kIndent), kIndent,
                wanted_and_got(expectation) + " (" + where_and_when(expectation) + ")");
      if (expectation.state == ExpectationState::kHeld) {
        continue;
      }
      for (const std::string& sentence : expectation.evidence) {
        paragraph(spaces(kIndent), kIndent, sentence);
      }
      if (expectation.mark.line > 0) {
        paragraph(spaces(kIndent), kIndent,
                  "see " + expectation.mark.file + ':' + std::to_string(expectation.mark.line));
      }
    }
  }

  [[nodiscard]] const char* color_of(ServiceState state) const {
    switch (state) {
      case ServiceState::kDegraded:
        return kYellow;
      case ServiceState::kFailing:
      case ServiceState::kDown:
        return kRed;
      case ServiceState::kHealthy:
      case ServiceState::kNoData:
        break;
    }
    return kDim;
  }

  // Names get what the figures leave over; on a narrow terminal columns stand closer together.
  [[nodiscard]] std::vector<std::size_t> column_widths(
      const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        widths[i] = std::max(widths[i], display_width(row[i]));
      }
    }
    const std::size_t figures = std::accumulate(widths.begin() + 1, widths.end(), std::size_t{0});
    const std::size_t columns = widths.size() - 1;
    constexpr std::size_t kLeastName = 12;
    const std::size_t fitting = std::min(widths[0], kLeastName);
    gap_ = 2 + fitting + figures + 2 * columns > style_.width ? 1 : 2;
    const std::size_t taken = 2 + figures + gap_ * columns;
    widths[0] =
        std::min(widths[0], style_.width > taken + kLeastName ? style_.width - taken : kLeastName);
    return widths;
  }

  void services() {
    const std::size_t all = report_.verdict.signals.size();
    if (all == 0) {
      return;
    }
    std::vector<engine::ServiceIndex> chosen = by_importance(report_);
    chosen.resize(std::min(all, style_.most_services));
    std::sort(chosen.begin(), chosen.end());  // A small mesh keeps the order of its file.
    std::vector<std::vector<std::string>> rows{signal_heads()};
    for (const engine::ServiceIndex service : chosen) {
      rows.push_back(signal_cells(report_, report_.verdict.signals[service]));
      rows.back()[0] = for_terminal(rows.back()[0]);
    }
    const std::vector<std::size_t> widths = column_widths(rows);
    title("Services (" +
          engine::format_span(report_.verdict.measured.from,
                              std::min(report_.verdict.measured.to, report_.record.ended)) +
          ")");
    for (std::size_t r = 0; r < rows.size(); ++r) {
      service_row(rows[r], widths, r == 0 ? kDim : color_of(state_of(chosen[r - 1])), r == 0);
    }
    if (chosen.size() < all) {
      out_ +=
          "  ... and " + std::to_string(all - chosen.size()) + " more services with less to tell\n";
    }
    if (const std::string silence = unanswered_text(report_); !silence.empty()) {
      paragraph("  ", 2, silence);
    }
  }

  [[nodiscard]] ServiceState state_of(engine::ServiceIndex service) const {
    return report_.verdict.signals[service].worst;
  }

  void service_row(const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
                   const char* color, bool head) {
    std::string line = "  " + padded(shortened(row[0], widths[0]), widths[0], false);
    for (std::size_t i = 1; i + 1 < row.size(); ++i) {
      line += spaces(gap_) + padded(row[i], widths[i], true);
    }
    line += spaces(gap_);
    out_ += (head ? painted(line + row.back(), color) : line + painted(row.back(), color)) + '\n';
  }

  void story() {
    if (report_.verdict.story.empty()) {
      return;
    }
    title("What happened");
    for (const engine::StoryLine& line : report_.verdict.story) {
      const std::string at = padded(engine::format_instant(line.at), 9, true);
      paragraph(painted(at, kDim) + "  ", 11, story_text(line));
    }
    if (report_.verdict.story_left_out > 0) {
      out_ += "           " + left_out_text(report_.verdict.story_left_out) +
              "; all events are in the JSON result\n";
    }
  }

  void analysis() {
    for (const AnalysisSection& section : analysis_sections(report_)) {
      title(section.title);
      for (const AnalysisLine& line : section.lines) {
        const std::size_t indent = 2 + 2 * line.depth;
        paragraph(spaces(indent), indent + 2, line.text);
      }
    }
  }

  void recovery() {
    constexpr std::size_t kMost = 12;
    std::size_t told = 0;
    std::size_t left_out = 0;
    for (const engine::ServiceIndex service : by_importance(report_)) {
      const engine::ServiceHealth& health = report_.verdict.health[service];
      if (!health.left()) {
        continue;
      }
      if (told == kMost) {
        ++left_out;
        continue;
      }
      if (told++ == 0) {
        title("How it recovered");
      }
      paragraph(
          "  ", 4,
          engine::service_name(report_.scenario, health.service) + ": " + recovery_text(health));
    }
    if (left_out > 0) {
      out_ += "  ... and " + std::to_string(left_out) + " more services\n";
    }
  }

  void explanations() {
    constexpr std::size_t kMost = 12;
    const auto& all = report_.record.explanations;
    if (all.empty()) {
      return;
    }
    title("What did not act, and why");
    for (std::size_t i = 0; i < all.size() && i < kMost; ++i) {
      paragraph("  ", 4, explanation_text(report_, all[i]));
    }
    if (all.size() > kMost) {
      out_ += "  ... and " + std::to_string(all.size() - kMost) + " more\n";
    }
  }

  void footer() {
    const engine::RunStatistics& statistics = report_.record.statistics;
    out_ += '\n';
    paragraph("", 0,
              "fingerprint " + hexadecimal_of(report_.record.fingerprint) + ", " +
                  engine::format_count(statistics.events) + " events, " +
                  engine::format_count(statistics.requests) + " requests, " +
                  engine::format_count(statistics.hops) + " hops");
    if (!report_.command.empty()) {
      out_ += "again: " + for_terminal(report_.command) + '\n';  // In one piece, to be copied.
    }
  }

  const Report& report_;
  std::size_t gap_ = 2;  ///< Between the columns of the table.
};

}  // namespace

std::string text_report(const Report& report, const TextStyle& style) {
  return TextWriter(report, style).write();
}

}  // namespace shaketable::reports
