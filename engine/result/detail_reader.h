#pragma once

#include <optional>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/result/json_cursor.h"
#include "engine/scenario/model.h"

/// The parts of a record that go beyond points: what reports/json_details.h writes. Whatever cannot
/// be is refused by `cursor.fail`.
namespace shaketable::engine {

/// Cells by rising bucket and row.
[[nodiscard]] std::vector<LatencyCell> read_latency_cells(JsonCursor& cursor);

/// In the order of StatusCell: by bucket, then outcome and status.
[[nodiscard]] std::vector<StatusCell> read_statuses(JsonCursor& cursor);

/// What is wrong with the details of a series whose points are complete: cells or statuses of
/// buckets that do not exist, or that have not as many answers; nothing when all is well.
[[nodiscard]] std::optional<std::string> check_details(const Series& series);

/// Columns of `points` entries each.
[[nodiscard]] std::vector<InstanceSeries> read_instances(JsonCursor& cursor,
                                                         const Scenario& scenario,
                                                         std::size_t points);

}  // namespace shaketable::engine
