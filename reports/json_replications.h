#pragma once

#include "engine/judge/replications.h"
#include "reports/json_writer.h"
#include "reports/report.h"

namespace shaketable::reports {

/// Writes the member `replications` of the JSON result: the verdict over all seeds, and of each run
/// what comparisons need. engine/result reads `asked`, `required` and `runs` back; the rest
/// follows.
void write_replications(const Report& report, JsonWriter& json);

}  // namespace shaketable::reports
