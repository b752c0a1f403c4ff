#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/judge/run_summary.h"
#include "engine/result/json_cursor.h"

namespace shaketable::engine {

/// What a result says about runs with other seeds.
struct LoadedReplications {
  std::uint64_t asked = 0, required = 0;
  std::vector<RunSummary> runs;  ///< The first is the run of the record itself.
};

/// Reads the member `replications` of a result whose scenario has so many expectations; problems
/// are in the cursor.
[[nodiscard]] LoadedReplications read_replications(JsonCursor& cursor, std::size_t expectations);

/// The number behind 16 hexadecimal digits in lower case, or nothing.
[[nodiscard]] std::optional<std::uint64_t> hash_of(std::string_view text);

/// 16 hexadecimal digits; a problem of the cursor if the next string is something else.
[[nodiscard]] std::uint64_t read_hash(JsonCursor& cursor);

}  // namespace shaketable::engine
