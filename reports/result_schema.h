#pragma once

#include <string_view>

namespace shaketable::reports {

/// JSON Schema (draft-07) of the JSON result, version 1; `shaketable schema result` prints it, and
/// scenarios/result.schema.json holds it.
[[nodiscard]] std::string_view result_schema();

}  // namespace shaketable::reports
