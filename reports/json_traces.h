#pragma once

#include "engine/record/run_record.h"
#include "reports/json_writer.h"

namespace shaketable::reports {

/// Writes the member `traces` of the JSON result: which requests were followed, and each that was
/// kept, its spans as rows of the columns that `span_columns` names. Nothing when none was
/// followed.
void write_traces(const engine::RunRecord& record, JsonWriter& json);

/// The columns of a span. Numbers that do not apply are -1. `marks` adds up 1 = response, 2 =
/// mirror, 4 = has a sidecar, 8 = cancelled, 16 = not over when the run ended.
inline constexpr const char* kSpanColumns[] = {
    "parent",        "kind",     "from_ns", "length_ns", "service", "instance", "peer",
    "peer_instance", "endpoint", "status",  "flags",     "outcome", "attempt",  "marks"};

}  // namespace shaketable::reports
