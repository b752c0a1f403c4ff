#pragma once

#include <span>
#include <string>

#include "reports/report.h"

/// What CI systems show beside a change.
namespace shaketable::reports {

/// GitHub's workflow commands, one a line: `::error file=,line=,col=,title=::message` for each
/// expectation that did not hold (a warning for one that holds although it is marked as failing),
/// the worst first. GitHub shows ten of a step: when there are more, the tenth says how many.
[[nodiscard]] std::string github_annotations(std::span<const Report> reports);

/// Markdown for $GITHUB_STEP_SUMMARY: every report, at most `most_bytes` (GitHub takes 1 MiB of a
/// step). What does not fit is named in a last line.
[[nodiscard]] std::string github_step_summary(std::span<const Report> reports,
                                              std::size_t most_bytes = std::size_t{1} << 20);

/// GitLab's code quality report: one issue for each expectation that did not hold. Fingerprints
/// depend on file and text, not on the line, so that an issue is the same one after an edit above
/// it.
[[nodiscard]] std::string gitlab_code_quality(std::span<const Report> reports);

}  // namespace shaketable::reports
