#pragma once

#include <string>

#include "engine/judge/comparison.h"
#include "reports/report.h"
#include "reports/text_report.h"

namespace shaketable::reports {

/// Two runs side by side on a terminal: what is a regression, which expectations and figures
/// changed (signed, and coloured when asked), which events, and what is different in the
/// configuration.
[[nodiscard]] std::string comparison_text(const engine::RunComparison& comparison,
                                          const TextStyle& style);

/// What a run made of the verdict of the run before: its headline, and the expectations that
/// changed their answer. A few lines, for somebody who changes a file and looks.
[[nodiscard]] std::string verdict_changes(const Report& report,
                                          const engine::RunComparison& comparison,
                                          const TextStyle& style);

/// The comparison for a pull request.
[[nodiscard]] std::string comparison_markdown(const engine::RunComparison& comparison);

/// Everything, for programs: `format` is `shaketable-comparison`, `version` 1; the rules are those
/// of the JSON result.
[[nodiscard]] std::string comparison_json(const engine::RunComparison& comparison);

}  // namespace shaketable::reports
