#include "engine/formats/printable.h"

#include <array>

namespace shaketable::engine {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t code_point) {
  for (const Range& range : ranges) {
    if (code_point >= range.first && code_point <= range.last) {
      return true;
    }
  }
  return false;
}

// Controls, soft hyphen, Arabic letter mark, invisible fillers, zero-width and bidirectional marks,
// line and paragraph separators, invisible operators, byte order mark, interlinear annotation,
// surrogates, private use, tags and variation selectors above the BMP.
constexpr std::array<Range, 19> kUnprintable = {{
    {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x34F, 0x34F},      {0x61C, 0x61C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},    {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164}, {0xD800, 0xF8FF},   {0xFDD0, 0xFDEF},    {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF},
}};

constexpr std::array<Range, 11> kCombining = {{
    {0x300, 0x36F},
    {0x483, 0x489},
    {0x591, 0x5BD},
    {0x610, 0x61A},
    {0x64B, 0x65F},
    {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F},
    {0xE31, 0xE3A},
}};

constexpr std::array<Range, 10> kWide = {{
    {0x1100, 0x115F},
    {0x2E80, 0x303E},
    {0x3041, 0xA4CF},
    {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},
    {0x1F300, 0x1FAFF},
}};

// Bytes that the sequence has by its first byte, 0 for one that cannot begin a sequence.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) {
    return 1;
  }
  if (lead < 0xC2 || lead > 0xF4) {
    return 0;  // Continuation bytes, overlong pairs, and what would pass U+10FFFF.
  }
  if (lead < 0xE0) {
    return 2;
  }
  return lead < 0xF0 ? 3 : 4;
}

void append_hex(std::string& out, std::uint32_t value, int digits) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out.push_back(kDigits[(value >> shift) & 0xFU]);
  }
}

std::string escape(char32_t code_point) {
  switch (code_point) {
    case U'\n':
      return "\\n";
    case U'\r':
      return "\\r";
    case U'\t':
      return "\\t";
  }
  std::string out;
  if (code_point < 0x100) {
    out = "\\x";
    append_hex(out, static_cast<std::uint32_t>(code_point), 2);
    return out;
  }
  out = "\\u{";
  append_hex(out, static_cast<std::uint32_t>(code_point), code_point > 0xFFFF ? 6 : 4);
  out += '}';
  return out;
}

}  // namespace

CodePoint decode_utf8(std::string_view text, std::size_t offset) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[offset + i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = sequence_length(lead);
  if (length == 1) {
    return {.value = lead, .length = 1, .valid = true};
  }
  if (length == 0 || text.size() - offset < length) {
    return {.value = lead, .length = 1, .valid = false};
  }
  auto value = static_cast<char32_t>(lead & (0x7FU >> length));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      return {.value = lead, .length = 1, .valid = false};
    }
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) {
    return {.value = lead, .length = 1, .valid = false};
  }
  return {.value = value, .length = length, .valid = true};
}

bool is_printable(char32_t code_point) {
  if (code_point >= 0x20 && code_point < 0x7F) {
    return true;
  }
  return !is_in(kUnprintable, code_point) && (code_point & 0xFFFEU) != 0xFFFEU;
}

std::string printable(std::string_view text, std::size_t max_len) {
  constexpr std::string_view kEllipsis = "...";
  std::string out;
  std::size_t cut = 0;  // Where to cut when the ellipsis has to fit.
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    std::string escaped;
    std::string_view piece = text.substr(i, point.length);
    if (!point.valid || !is_printable(point.value)) {
      escaped = escape(point.value);
      piece = escaped;
    }
    if (out.size() + piece.size() > max_len) {
      out.resize(cut);
      out += kEllipsis.substr(0, max_len);
      return out;
    }
    out += piece;
    if (out.size() + kEllipsis.size() <= max_len) {
      cut = out.size();
    }
    i += point.length;
  }
  return out;
}

std::string quoted(std::string_view text, std::size_t max_len) {
  return '"' + printable(text, max_len) + '"';
}

int display_width(char32_t code_point) {
  if (code_point < 0x300) {
    return 1;
  }
  if (is_in(kCombining, code_point)) {
    return 0;
  }
  return is_in(kWide, code_point) || (code_point >= 0x20000 && code_point <= 0x3FFFF) ? 2 : 1;
}

}  // namespace shaketable::engine
