#pragma once

#include <string>

#include "engine/judge/comparison.h"
#include "reports/html/html_report.h"
#include "reports/report.h"

namespace shaketable::reports {

/// Two runs side by side in one page: regressions first, then expectations, figures with signed and
/// coloured changes and how sure they are, events, configuration, and charts that hold both runs.
/// What matters is marked in words as well. Same rules as write_html(); `before` and `after` are
/// the first runs of the two sides.
[[nodiscard]] std::string write_comparison_html(const Report& before, const Report& after,
                                                const engine::RunComparison& comparison,
                                                const HtmlOptions& options = {});

}  // namespace shaketable::reports
