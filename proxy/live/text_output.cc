#include "proxy/live/text_output.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace shaketable::proxy::live {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

/// ASCII that may stand in a JSON string and in a quoted text alike.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) {
    plain[c] = c != '"' && c != '\\';
  }
  return plain;
}
constexpr std::array<bool, 256> kPlain = make_plain();

std::size_t plain_run(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && kPlain[static_cast<unsigned char>(text[length])]) {
    ++length;
  }
  return length;
}

/// The code point at the start of `text`, which is not empty, and its length; length 0 for bytes
/// that are no UTF-8.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;
};

CodePoint decode(std::string_view text) {
  const auto byte = [&text](std::size_t i) -> std::uint32_t {
    return static_cast<unsigned char>(text[i]);
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) {
    return {first, 1};
  }
  const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (length == 0 || first > 0xf4 || text.size() < length) {
    return {};
  }
  std::uint32_t value = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) {
      return {};
    }
    value = value << 6U | (byte(i) & 0x3fU);
  }
  const bool is_overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool is_surrogate = value >= 0xd800 && value < 0xe000;
  return is_overlong || is_surrogate || value > 0x10ffff ? CodePoint{} : CodePoint{value, length};
}

/// Characters that move or hide other text: line separators, zero width, direction, byte order.
bool is_invisible(std::uint32_t code) {
  return (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

void append_unicode_escape(std::uint32_t code, std::string& out) {
  out += "\\u";
  append_hex(code, 4, out);
}

}  // namespace

void append_hex(std::uint64_t number, int digits, std::string& out) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += kHex[number >> shift & 15U];
  }
}

void append_decimal(std::int64_t units, int places, std::string& out) {
  constexpr std::uint64_t kBillion = 1'000'000'000;
  const std::uint64_t magnitude =
      units < 0 ? ~static_cast<std::uint64_t>(units) + 1 : static_cast<std::uint64_t>(units);
  if (units < 0) {
    out += '-';
  }
  append_number(magnitude / kBillion, out);
  std::array<char, 9> digits{};
  std::uint64_t rest = magnitude % kBillion;
  for (std::size_t i = digits.size(); i-- > 0; rest /= 10) {
    digits[i] = static_cast<char>('0' + rest % 10);
  }
  auto end = static_cast<std::size_t>(std::clamp(places, 0, 9));
  while (end > 0 && digits[end - 1] == '0') {
    --end;
  }
  if (end > 0) {
    out += '.';
    out.append(digits.data(), end);
  }
}

void append_json(std::string_view text, std::string& out, std::size_t limit) {
  const bool is_cut = text.size() > limit;
  text = text.substr(0, limit);
  out += '"';
  while (!text.empty()) {
    const std::size_t run = plain_run(text);
    out.append(text.data(), run);
    text.remove_prefix(run);
    if (text.empty()) {
      break;
    }
    const CodePoint code = decode(text);
    if (code.length == 0) {
      // A character that the limit cut in two is left out, others are marked.
      if (!is_cut || text.size() > 3) {
        out += "\\ufffd";
      }
      text.remove_prefix(1);
      continue;
    }
    if (code.value == '"' || code.value == '\\') {
      out += '\\';
      out += static_cast<char>(code.value);
    } else if (code.value < 0x20 || is_invisible(code.value)) {
      append_unicode_escape(code.value, out);
    } else {
      out += text.substr(0, code.length);
    }
    text.remove_prefix(code.length);
  }
  out += is_cut ? "...\"" : "\"";
}

void append_escaped(std::string_view text, std::string& out, std::size_t limit) {
  const bool is_cut = text.size() > limit;
  text = text.substr(0, limit);
  while (!text.empty()) {
    const std::size_t run = plain_run(text);
    out.append(text.data(), run);
    text.remove_prefix(run);
    if (!text.empty()) {
      out += "\\x";
      append_hex(static_cast<unsigned char>(text.front()), 2, out);
      text.remove_prefix(1);
    }
  }
  if (is_cut) {
    out += "...";
  }
}

void append_utc_seconds(std::int64_t unix_seconds, std::string& out) {
  // 9999-12-31T23:59:59
  const auto seconds =
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(unix_seconds, 0, 253'402'300'799));
  const std::uint64_t of_day = seconds % 86'400;
  // Days since 0000-03-01, so that the leap day is the last of its year; eras are 400 years.
  const std::uint64_t days = seconds / 86'400 + 719'468;
  const std::uint64_t era = days / 146'097;
  const std::uint64_t day_of_era = days % 146'097;
  const std::uint64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::uint64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint64_t shifted_month = (5 * day_of_year + 2) / 153;  // 0 = March
  const std::uint64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const std::uint64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const std::uint64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const auto two = [&out](std::uint64_t number, char after) {
    out += static_cast<char>('0' + number / 10);
    out += static_cast<char>('0' + number % 10);
    out += after;
  };
  out += static_cast<char>('0' + year / 1000);
  out += static_cast<char>('0' + year / 100 % 10);
  two(year % 100, '-');
  two(month, '-');
  two(day, 'T');
  two(of_day / 3'600, ':');
  two(of_day / 60 % 60, ':');
  two(of_day % 60, '.');
}

void append_utc(std::int64_t unix_ns, std::string& out) {
  unix_ns = std::max<std::int64_t>(unix_ns, 0);
  append_utc_seconds(unix_ns / 1'000'000'000, out);
  const std::int64_t milliseconds = unix_ns / 1'000'000 % 1'000;
  out += static_cast<char>('0' + milliseconds / 100);
  out += static_cast<char>('0' + milliseconds / 10 % 10);
  out += static_cast<char>('0' + milliseconds % 10);
  out += 'Z';
}

}  // namespace shaketable::proxy::live
