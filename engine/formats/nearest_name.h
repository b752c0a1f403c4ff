#pragma once

#include <span>
#include <string>
#include <string_view>

namespace shaketable::engine {

/// The candidate that the writer of `word` most likely meant, or "" when none is near.
///
/// Case, `-`, `_` and camelCase are ignored first (`maxConnections` finds `max_connections`); then
/// Damerau-Levenshtein distance (insert, delete, replace, swap neighbours) of at most a third of
/// the word's length, 3 at the most. Ties go to the earlier candidate. Words and candidates above
/// 64 bytes are never near anything, so the cost is bounded however hostile the word.
[[nodiscard]] std::string nearest_name(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace shaketable::engine
