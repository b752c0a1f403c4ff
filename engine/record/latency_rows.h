#pragma once

#include <bit>
#include <cstdint>

/// The rows of a heat map of latencies: quarters of an octave, four times as coarse as what the eye
/// wants and thirty-two times as coarse as proxy::Histogram.
namespace shaketable::engine {

/// One more than the greatest row.
inline constexpr std::uint32_t kLatencyRows = 248;

/// The row of a latency in ns; 0 and less are row 0, and what is below 4 ns has a row for each
/// value.
[[nodiscard]] constexpr std::uint32_t latency_row_of(std::int64_t ns) {
  if (ns < 4) {
    return ns < 0 ? 0 : static_cast<std::uint32_t>(ns);
  }
  const auto value = static_cast<std::uint64_t>(ns);
  const auto octave = static_cast<std::uint32_t>(std::bit_width(value)) - 3;
  return octave * 4 + 4 + (static_cast<std::uint32_t>(value >> octave) & 3U);
}

/// The least latency of a row.
[[nodiscard]] constexpr std::int64_t lowest_of_row(std::uint32_t row) {
  return row < 4 ? row : std::int64_t{4 + row % 4} << (row / 4 - 1);
}

}  // namespace shaketable::engine
