#pragma once

#include "reports/json_writer.h"
#include "reports/report.h"

namespace shaketable::reports {

/// The object under the key "analysis" of the JSON result. Its keys are in README.md.
void write_analysis(const Report& report, JsonWriter& json);

}  // namespace shaketable::reports
