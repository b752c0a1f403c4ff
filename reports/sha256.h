#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace shaketable::reports {

/// SHA-256 (FIPS 180-4) of a text. For policies and digests, not for secrets.
[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::string_view text);

/// Base64 with padding (RFC 4648) of a digest, as CSP wants it.
[[nodiscard]] std::string base64(const std::array<std::uint8_t, 32>& digest);

/// 64 hexadecimal digits, lower case.
[[nodiscard]] std::string lower_hex(const std::array<std::uint8_t, 32>& digest);

}  // namespace shaketable::reports
