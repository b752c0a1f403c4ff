#include "proxy/base/base64.h"

#include <cstddef>
#include <utility>

namespace shaketable::proxy {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kNone = 64;

std::uint32_t value_of(char c, Base64 form) {
  if (c >= 'A' && c <= 'Z') {
    return static_cast<std::uint32_t>(c - 'A');
  }
  if (c >= 'a' && c <= 'z') {
    return static_cast<std::uint32_t>(c - 'a') + 26;
  }
  if (c >= '0' && c <= '9') {
    return static_cast<std::uint32_t>(c - '0') + 52;
  }
  if (form != Base64::kUrl && (c == '+' || c == '/')) {
    return c == '+' ? 62 : 63;
  }
  if (form != Base64::kPadded && (c == '-' || c == '_')) {
    return c == '-' ? 62 : 63;
  }
  return kNone;
}

/// Takes the padding off; false when the form or the length has no such padding.
bool take_padding(std::string_view& text, Base64 form) {
  const std::size_t size = text.size();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  const bool may_lack_it = form == Base64::kUrl || (form == Base64::kAny && padding == 0);
  return may_lack_it ? padding == 0 && text.size() % 4 != 1 : size % 4 == 0;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  const auto byte = [bytes](std::size_t at) -> std::uint32_t {
    return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : 0;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    const std::size_t left = bytes.size() - i;
    text += kDigits[group >> 18U];
    text += kDigits[group >> 12U & 0x3fU];
    text += left > 1 ? kDigits[group >> 6U & 0x3fU] : '=';
    text += left > 2 ? kDigits[group & 0x3fU] : '=';
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text, Base64 form) {
  if (!take_padding(text, form)) {
    return std::nullopt;
  }
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  std::uint32_t count = 0;
  for (const char c : text) {
    const std::uint32_t value = value_of(c, form);
    if (value == kNone) {
      return std::nullopt;
    }
    bits = (bits << 6U | value) & 0xffffU;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xffU);
    }
  }
  const bool leaves_bits = (bits & ((1U << count) - 1U)) != 0;
  return leaves_bits && form != Base64::kAny ? std::nullopt : std::optional(std::move(bytes));
}

}  // namespace shaketable::proxy
