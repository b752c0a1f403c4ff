#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shaketable::engine {

/// A decimal number as written, and what followed it.
struct Quantity {
  bool negative = false;
  std::string_view whole;     ///< Digits before the point; never empty.
  std::string_view fraction;  ///< Digits behind the point, without trailing zeros.
  std::string_view unit;      ///< Everything behind the number, blanks included.
};

/// Splits `12.50ms` into its parts; nothing when the text does not begin with a number. One sign
/// is allowed; an exponent is not a part of the number and ends up in `unit`.
[[nodiscard]] std::optional<Quantity> split_quantity(std::string_view text);

/// Why a quantity could not be computed.
enum class QuantityError : std::uint8_t { kTooLarge, kTooFine };

/// The value of a quantity times `scale`, or why it is none.
struct ScaledQuantity {
  std::int64_t value = 0;
  std::optional<QuantityError> error;
};

/// `quantity * scale` in integers. Exact: what is no whole multiple of 1/scale is kTooFine, what
/// does not fit in 64 bits kTooLarge, however many digits were written. `scale` must be positive.
[[nodiscard]] ScaledQuantity scale_exactly(const Quantity& quantity, std::int64_t scale);

/// `value / 10^digits` in decimal without trailing zeros: `decimal_text(125'000, 4)` is 12.5.
[[nodiscard]] std::string decimal_text(std::int64_t value, int digits);

}  // namespace shaketable::engine
