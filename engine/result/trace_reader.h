#pragma once

#include "engine/record/run_record.h"
#include "engine/result/json_cursor.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// Reads the member `traces` of a result into `record`; problems are in the cursor. Checked: each
/// request has a span, parents come first, indices lead somewhere.
void read_traces(JsonCursor& cursor, const Scenario& scenario, RunRecord& record);

}  // namespace shaketable::engine
