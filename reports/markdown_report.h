#pragma once

#include <string>

#include "reports/report.h"

namespace shaketable::reports {

/// The summary as GitHub's Markdown, for a pull request or a job summary: verdict, expectations and
/// services as tables, the story as a list. At most about 60 KB, however large the mesh.
[[nodiscard]] std::string markdown_report(const Report& report);

}  // namespace shaketable::reports
