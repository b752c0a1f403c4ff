#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "proxy/base/bits.h"

/// How sure a figure is. Everything is computed on integers, so that equal runs give equal
/// intervals on every machine. All intervals are those of 95 %.
namespace shaketable::engine {

struct ConfidenceInterval {
  std::int64_t low = 0;
  std::int64_t high = 0;

  [[nodiscard]] bool holds(std::int64_t value) const { return low <= value && value <= high; }
  friend bool operator==(const ConfidenceInterval&, const ConfidenceInterval&) = default;
};

/// Where the share behind `held` of `all` equal tries lies, in ppm: Wilson's interval, which is of
/// use also for few tries and for none or all held. `all` must be above 0 and below 2^20.
[[nodiscard]] ConfidenceInterval wilson_interval(std::uint64_t held, std::uint64_t all);

/// Where the mean behind independent values lies (Student's t). Nothing for fewer than two values.
/// Cut at the ends of the 64-bit range; rounds outwards.
[[nodiscard]] std::optional<ConfidenceInterval> mean_interval(std::span<const std::int64_t> values);

/// Half the width of the interval for the mean of `after` minus the mean of `before` when the two
/// are independent (Welch, with the smaller number of values as degrees of freedom, which is the
/// careful side). Nothing when either has fewer than two values.
[[nodiscard]] std::optional<std::int64_t> unpaired_half_width(std::span<const std::int64_t> before,
                                                              std::span<const std::int64_t> after);

/// Half the width of `mean_interval`.
[[nodiscard]] std::optional<std::int64_t> mean_half_width(std::span<const std::int64_t> values);

/// The middle value, of an even number the lower of the two. `values` must not be empty.
[[nodiscard]] std::int64_t median_of(std::vector<std::int64_t> values);

/// Where the median behind independent values lies, by their order alone (sign test). Nothing for
/// fewer than six values, of which no two say it with 95 %.
[[nodiscard]] std::optional<ConfidenceInterval> median_interval(std::vector<std::int64_t> values);

/// The largest integer whose square is at most `value`.
[[nodiscard]] std::uint64_t integer_root(proxy::Uint128 value);

}  // namespace shaketable::engine
