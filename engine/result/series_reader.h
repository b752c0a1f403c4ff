#pragma once

#include <cstdint>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/result/json_cursor.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// Bounds of what a record may hold: far above any run, and low enough for sums of them.
inline constexpr std::int64_t kMostTime = std::int64_t{1} << 60;        // ns, 36 years
inline constexpr std::int64_t kMostLatencySum = std::int64_t{1} << 58;  // ns
inline constexpr std::uint64_t kMostCount = std::uint64_t{1} << 48;

/// Reads the array `series` of a result. `windows` are those of the record; problems are in the
/// cursor.
[[nodiscard]] std::vector<Series> read_series(JsonCursor& cursor, const Scenario& scenario,
                                              const std::vector<Window>& windows);

}  // namespace shaketable::engine
