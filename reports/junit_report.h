#pragma once

#include <span>
#include <string>

#include "reports/report.h"

namespace shaketable::reports {

/// JUnit XML in the dialect that Jenkins and GitLab share: one `testsuite` per scenario, one
/// `testcase` per expectation, `classname` is the scenario and the service, the explanation stands
/// in `message` and again as the text of `failure` (GitLab reads only that). Known failures are
/// `skipped`. `time` is simulated seconds, so equal runs are equal bytes.
[[nodiscard]] std::string junit_report(std::span<const Report> reports);

}  // namespace shaketable::reports
