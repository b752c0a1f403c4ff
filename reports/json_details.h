#pragma once

#include "reports/json_writer.h"
#include "reports/report.h"

namespace shaketable::reports {

/// The parts of a series that its points do not hold, as members of the object that is open:
/// `latency_cells` (bucket, row, count; the bucket as the step from the one before) and `statuses`.
/// Nothing when there is nothing.
void write_series_details(const engine::Series& series, JsonWriter& json);

/// `instances`: what each instance answered, one column per figure. Nothing when none was recorded.
void write_instances(const Report& report, JsonWriter& json);

}  // namespace shaketable::reports
