#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable::gui {

/// A line of a comparison of two texts.
struct DiffLine {
  enum class Kind : std::uint8_t { kSame, kRemoved, kAdded, kGap };
  Kind kind = Kind::kSame;
  std::string text;  ///< kGap: empty.
  int before = 0;    ///< Its line (from 1) in the text before; 0 for an added one.
  int after = 0;     ///< In the text after; 0 for a removed one.
};

/// What changed from one text to the other, line by line, with `context` lines around each change;
/// what lies between is one kGap. Nothing when the texts are equal. The fewest lines as long as the
/// part that differs has at most 2,000 lines on either side; beyond that, all of it.
[[nodiscard]] std::vector<DiffLine> diff_lines(std::string_view before, std::string_view after,
                                               std::size_t context = 3);

}  // namespace shaketable::gui
