#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The small grammars of RFC 9110 and RFC 3986 that both protocols check messages with. All are
/// strict: what the grammar does not allow is refused, never repaired. No allocation.
namespace shaketable::proxy::http {

/// What a byte may be part of. Bits, so that a run of bytes is judged by AND and OR.
enum CharClass : std::uint8_t {
  kTokenChar = 1U << 0,    ///< tchar: methods, field names, codings.
  kValueChar = 1U << 1,    ///< Field values: HTAB, SP, VCHAR, obs-text; no other control.
  kPathChar = 1U << 2,     ///< pchar without "%", "/", and `[]|^` that browsers send as they are.
  kQueryChar = 1U << 3,    ///< kPathChar, "?" and the further ones that browsers do not encode.
  kRegNameChar = 1U << 4,  ///< A host name without "%" and ",", which lists would split.
  kHexDigit = 1U << 5,
  kDigit = 1U << 6,
  kUnderscore = 1U << 7,
};

namespace detail {

constexpr std::array<std::uint8_t, 256> make_char_classes() {
  std::array<std::uint8_t, 256> table{};
  const auto add = [&table](std::string_view chars, unsigned bits) {
    for (const char c : chars) {
      auto& entry = table[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | bits);
    }
  };
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  add(kDigits, kTokenChar | kPathChar | kQueryChar | kRegNameChar | kHexDigit | kDigit);
  add(kLetters, kTokenChar | kPathChar | kQueryChar | kRegNameChar);
  add("abcdefABCDEF", kHexDigit);
  add("!#$%&'*+-.^_`|~", kTokenChar);
  add("-._~!$&'()*+;=", kPathChar | kQueryChar | kRegNameChar);
  add(",:@/[]|^", kPathChar | kQueryChar);
  add("?{}\\`", kQueryChar);
  add("_", kUnderscore);
  for (unsigned c = 0; c < 256; ++c) {
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) {
      table[c] = static_cast<std::uint8_t>(table[c] | kValueChar);
    }
  }
  return table;
}

}  // namespace detail

inline constexpr std::array<std::uint8_t, 256> kCharClasses = detail::make_char_classes();

[[nodiscard]] constexpr bool has_class(char c, CharClass wanted) {
  return (kCharClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

/// The value of a hexadecimal digit; the byte must be one.
[[nodiscard]] constexpr unsigned hex_value(char c) {
  return c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a' + 10);
}

/// One or more token characters.
[[nodiscard]] bool is_token(std::string_view text);

/// No control characters but HTAB; empty is a value. Eight bytes at a time.
[[nodiscard]] bool is_field_value(std::string_view text);

/// `uri-host [":" port]` of a http(s) URI: a name, an IPv4 address or an IPv6 literal, not empty,
/// no user information, no comma; a port of at most 65535 (may be empty).
[[nodiscard]] bool is_authority(std::string_view text);

/// is_authority with a port that is not empty: what CONNECT asks for.
[[nodiscard]] bool is_authority_with_port(std::string_view text);

/// An origin-form target: begins with "/", percent-encoding is whole, no fragment.
[[nodiscard]] bool is_origin_form(std::string_view text);

/// Decimal digits only, leading zeros allowed, at most 2^63 - 1. False leaves `value` as it is.
[[nodiscard]] bool parse_content_length(std::string_view text, std::uint64_t& value);

/// The elements of a comma-separated list, without the empty ones and the spaces around them.
class ListReader {
 public:
  explicit ListReader(std::string_view list) : rest_(list) {}
  /// The next element, or false at the end.
  [[nodiscard]] bool next(std::string_view& element);

 private:
  std::string_view rest_;
};

}  // namespace shaketable::proxy::http
