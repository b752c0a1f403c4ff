#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/report.h"

/// What the analysis of a run says, as titled lists that the text and the Markdown report share.
namespace shaketable::reports {

struct AnalysisLine {
  std::size_t depth = 0;  ///< How deep it stands below others.
  std::string text;       ///< Not escaped yet.
};

struct AnalysisSection {
  std::string title;
  std::vector<AnalysisLine> lines;  ///< Never empty.
};

/// What the sentence of `why_line()` begins with: "Why" of a run that is red, else "In short".
[[nodiscard]] const char* why_label(const Report& report);
/// "Why: ..." or empty when no service left its normal state.
[[nodiscard]] std::string why_line(const Report& report);

/// How it spread, what outlived its trigger, canaries, what policies saved and cost, limits; only
/// what there is to say, in at most a few dozen lines.
[[nodiscard]] std::vector<AnalysisSection> analysis_sections(const Report& report);

}  // namespace shaketable::reports
