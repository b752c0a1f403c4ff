#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shaketable::proxy {

/// How bytes are written as text (RFC 4648).
enum class Base64 : std::uint8_t {
  kPadded,  ///< Section 4: `+`, `/`, and `=` up to a multiple of four.
  kUrl,     ///< Section 5 without padding: `-`, `_`.
  kAny,     ///< To read only: either alphabet, with or without padding.
};

/// Base64 with padding of any bytes.
[[nodiscard]] std::string to_base64(std::string_view bytes);

/// The bytes that a text stands for; nothing when it is not of that form: another character, wrong
/// padding, a length that none has, and, but for kAny, bits behind the last byte that are not zero
/// (two texts would mean the same bytes).
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text,
                                                     Base64 form = Base64::kPadded);

}  // namespace shaketable::proxy
