#pragma once

#include <string>

#include "reports/report.h"

namespace shaketable::reports {

/// The whole result as JSON, format `shaketable-result` version 1 (see the folder's README).
///
/// Integers with their unit in the key, never a floating-point number; nothing of the machine or of
/// the time of day, so the same scenario, seed and version give the same bytes. The scenario's file
/// is named as it was given.
[[nodiscard]] std::string json_result(const Report& report);

}  // namespace shaketable::reports
