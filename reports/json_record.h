#pragma once

#include "engine/scenario/model.h"
#include "reports/json_writer.h"
#include "reports/report.h"

namespace shaketable::reports {

/// Writes the members of the JSON result that hold the record: `windows`, `series`, `gauges`,
/// `events`, `explanations`, `checkpoints`, and `source` when there is one. What is written here
/// and in the head is the whole record: engine/result reads it back.
void write_record(const Report& report, JsonWriter& json);

/// A service's name, or null for kNone.
void write_service(std::string_view key, const engine::Scenario& scenario,
                   engine::ServiceIndex service, JsonWriter& json);

}  // namespace shaketable::reports
