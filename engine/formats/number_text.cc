#include "engine/formats/number_text.h"

#include <cstddef>

namespace shaketable::engine {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view digits_at(std::string_view text, std::size_t start) {
  std::size_t end = start;
  while (end < text.size() && is_digit(text[end])) {
    ++end;
  }
  return text.substr(start, end - start);
}

/// `value * factor + addend`, or false when that leaves 64 bits.
bool multiply_add(std::int64_t& value, std::int64_t factor, std::int64_t addend) {
  return !__builtin_mul_overflow(value, factor, &value) &&
         !__builtin_add_overflow(value, addend, &value);
}

}  // namespace

std::optional<Quantity> split_quantity(std::string_view text) {
  Quantity quantity;
  std::size_t at = 0;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    quantity.negative = text[0] == '-';
    at = 1;
  }
  quantity.whole = digits_at(text, at);
  if (quantity.whole.empty()) {
    return std::nullopt;
  }
  at += quantity.whole.size();
  if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
    quantity.fraction = digits_at(text, at + 1);
    at += 1 + quantity.fraction.size();
    while (quantity.fraction.ends_with('0')) {
      quantity.fraction.remove_suffix(1);
    }
  }
  quantity.unit = text.substr(at);
  return quantity;
}

ScaledQuantity scale_exactly(const Quantity& quantity, std::int64_t scale) {
  std::int64_t value = 0;
  for (const char digit : quantity.whole) {
    if (!multiply_add(value, 10, digit - '0')) {
      return {.error = QuantityError::kTooLarge};
    }
  }
  if (!multiply_add(value, scale, 0)) {
    return {.error = QuantityError::kTooLarge};
  }
  // Long division of the fraction: `rest` is what is left to place, in units of 1/denominator.
  // 18 digits are all that a 64-bit denominator takes; a scale has far fewer factors of ten.
  if (quantity.fraction.size() > 18) {
    return {.error = QuantityError::kTooFine};
  }
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
  for (const char digit : quantity.fraction) {
    numerator = numerator * 10 + (digit - '0');
    denominator *= 10;
  }
  const __int128 product = static_cast<__int128>(numerator) * scale;
  if (product % denominator != 0) {
    return {.error = QuantityError::kTooFine};
  }
  if (!multiply_add(value, 1, static_cast<std::int64_t>(product / denominator))) {
    return {.error = QuantityError::kTooLarge};
  }
  return {.value = quantity.negative ? -value : value};
}

std::string decimal_text(std::int64_t value, int digits) {
  std::int64_t scale = 1;
  for (int i = 0; i < digits; ++i) {
    scale *= 10;
  }
  const std::string sign = value < 0 ? "-" : "";
  const std::int64_t rest = value % scale < 0 ? -(value % scale) : value % scale;
  const std::int64_t whole = value / scale < 0 ? -(value / scale) : value / scale;
  std::string fraction = std::to_string(scale + rest).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return sign + std::to_string(whole) + (fraction.empty() ? "" : "." + fraction);
}

}  // namespace shaketable::engine
