#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace shaketable::reports {

/// Base64 with padding (RFC 4648 section 4) of any bytes.
[[nodiscard]] std::string to_base64(std::string_view bytes);

/// The bytes of it; nothing when the text is no such Base64: another character, padding that is
/// missing or where none is due, bits after the last byte that are not zero.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace shaketable::reports
