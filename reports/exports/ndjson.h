#pragma once

#include <string>

#include "reports/report.h"

namespace shaketable::reports {

/// A run as newline-delimited JSON, one object a line, each with its `type`: run, expectation,
/// service, fault, story, event, request, point, and end, whose `lines` tells whether something was
/// cut off. Numbers are integers whose unit ends the key. `ndjson_schema()` describes every line.
[[nodiscard]] std::string ndjson(const Report& report);

/// JSON Schema (draft-07) of one line.
[[nodiscard]] std::string ndjson_schema();

}  // namespace shaketable::reports
