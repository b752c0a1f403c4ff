#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shaketable::engine {

/// One code point of a UTF-8 text, as `decode_utf8` found it.
struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  ///< Bytes used; 1 when invalid, so that a caller can step over the byte.
  bool valid = false;      ///< False for overlong forms, surrogates, stray and missing bytes.
};

/// Decodes the code point that starts at `offset` (which must be below `text.size()`).
[[nodiscard]] CodePoint decode_utf8(std::string_view text, std::size_t offset);

/// True when a terminal, a log or an editor shows the code point as itself and in its place:
/// false for control characters (line breaks and tabs included), bidirectional and zero-width
/// marks, line separators, byte order marks, tag characters and noncharacters.
[[nodiscard]] bool is_printable(char32_t code_point);

/// Text from a file made safe for a terminal: what `is_printable` refuses is written as an escape
/// (`\n`, `\x1b`, `\u{202e}`), bytes that are not UTF-8 as `\xff`, everything else stays.
/// The result has at most `max_len` bytes, and ends in `...` when something was left out; an
/// escape or a code point is never cut in two. O(max_len), whatever the size of `text`.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_len = 80);

/// `printable` in double quotes, as names appear in messages.
[[nodiscard]] std::string quoted(std::string_view text, std::size_t max_len = 80);

/// Columns that a terminal needs for a printable code point: 2 for East Asian wide characters and
/// emoji, 0 for combining marks, 1 otherwise. An approximation by ranges, good for placing a caret.
[[nodiscard]] int display_width(char32_t code_point);

}  // namespace shaketable::engine
