#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shaketable::reports {

inline constexpr char32_t kReplacement = 0xfffd;

/// Decodes the code point at `offset` and moves past it; broken bytes are one U+FFFD each.
inline char32_t next_code_point(std::string_view text, std::size_t& offset) {
  const auto byte = [&](std::size_t at) -> std::uint8_t {
    return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
  };
  const std::uint8_t first = byte(offset++);
  if (first < 0x80) {
    return first;
  }
  const std::size_t more = first >= 0xf0 && first <= 0xf4   ? 3
                           : first >= 0xe0 && first < 0xf0  ? 2
                           : first >= 0xc2 && first <= 0xdf ? 1
                                                            : 0;
  if (more == 0) {
    return kReplacement;
  }
  char32_t value = first & (0x3fU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    if ((byte(offset + i) & 0xc0U) != 0x80U) {
      return kReplacement;
    }
    value = (value << 6) | (byte(offset + i) & 0x3fU);
  }
  constexpr std::array<char32_t, 4> kLeast{0, 0x80, 0x800, 0x10000};
  if (value < kLeast[more] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
    return kReplacement;
  }
  offset += more;
  return value;
}

/// Whether the text is UTF-8, so that writers of text keep every byte of it.
[[nodiscard]] inline bool is_utf8(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t start = offset;
    if (next_code_point(text, offset) == kReplacement && offset == start + 1) {
      return false;
    }
  }
  return true;
}

}  // namespace shaketable::reports
