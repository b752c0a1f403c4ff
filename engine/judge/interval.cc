#include "engine/judge/interval.h"

#include <algorithm>
#include <array>
#include <limits>

#include "proxy/base/assert.h"
#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

using proxy::Uint128;

// Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom, in thousandths.
constexpr std::array<std::uint64_t, 30> kStudent{
    12'706, 4'303, 3'182, 2'776, 2'571, 2'447, 2'365, 2'306, 2'262, 2'228,
    2'201,  2'179, 2'160, 2'145, 2'131, 2'120, 2'110, 2'101, 2'093, 2'086,
    2'080,  2'074, 2'069, 2'064, 2'060, 2'056, 2'052, 2'048, 2'045, 2'042};
constexpr std::uint64_t kNormal = 1'960;

std::uint64_t student(std::size_t degrees) {
  if (degrees <= kStudent.size()) {
    return kStudent[degrees - 1];
  }
  return degrees <= 60 ? 2'042 : degrees <= 120 ? 2'000 : kNormal + 20;  // From above.
}

std::int64_t clamped(Uint128 value) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(value > kMost ? kMost : static_cast<std::uint64_t>(value));
}

std::int64_t mean_of(std::span<const std::int64_t> values) {
  proxy::Int128 sum = 0;
  for (const std::int64_t value : values) {
    sum += value;
  }
  return static_cast<std::int64_t>(sum / static_cast<std::int64_t>(values.size()));
}

// The square of the standard error of the mean, rounded up. Deviations are cut at 2^56, so that
// their squares can be added.
Uint128 error_squared(std::span<const std::int64_t> values) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 56;
  const std::int64_t mean = mean_of(values);
  Uint128 sum = 0;
  for (const std::int64_t value : values) {
    const std::uint64_t apart =
        value > mean ? static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(mean)
                     : static_cast<std::uint64_t>(mean) - static_cast<std::uint64_t>(value);
    const std::uint64_t cut = std::min(apart, kMost);
    sum += static_cast<Uint128>(cut) * cut;
  }
  const std::uint64_t n = values.size();
  const Uint128 divisor = static_cast<Uint128>(n) * (n - 1);
  return (sum + divisor - 1) / divisor;
}

std::int64_t half_width(Uint128 squared, std::size_t degrees) {
  if (squared == 0) {
    return 0;
  }
  const Uint128 width = static_cast<Uint128>(integer_root(squared) + 1) * student(degrees);
  return clamped((width + 999) / 1'000);
}

// C(n, 0) + ... + C(n, k) for n <= 120.
Uint128 binomial_sum(std::uint64_t n, std::uint64_t k) {
  Uint128 term = 1;
  Uint128 sum = 1;
  for (std::uint64_t i = 1; i <= k; ++i) {
    term = term * (n - i + 1) / i;
    sum += term;
  }
  return sum;
}

// The largest k so that the k-th smallest and the k-th largest value enclose the median with 95 %;
// 0 when there is none.
std::uint64_t rank_of_edge(std::uint64_t n) {
  constexpr std::uint64_t kExact = 100;
  if (n > kExact) {
    const std::uint64_t away = 98 * integer_root(static_cast<Uint128>(n) * 10'000) / 10'000 + 1;
    return n / 2 > away ? n / 2 - away : 1;
  }
  const Uint128 all = static_cast<Uint128>(1) << n;
  std::uint64_t rank = 0;
  while (2 * rank < n && binomial_sum(n, rank) * 40 <= all) {  // 2.5 % on each side.
    ++rank;
  }
  return rank;
}

}  // namespace

std::uint64_t integer_root(proxy::Uint128 value) {
  std::uint64_t root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const std::uint64_t tried = root | std::uint64_t{1} << bit;
    if (static_cast<Uint128>(tried) * tried <= value) {
      root = tried;
    }
  }
  return root;
}

ConfidenceInterval wilson_interval(std::uint64_t held, std::uint64_t all) {
  ASSERT(all > 0 && held <= all && all < (std::uint64_t{1} << 20));
  constexpr std::uint64_t kMillion = 1'000'000;
  constexpr std::uint64_t kZSquared = 3'841'459;  // Millionths.
  // (held + z^2/2 +- z sqrt(held (all - held) / all + z^2/4)) / (all + z^2), all in millionths.
  const Uint128 middle = static_cast<Uint128>(held) * kMillion + kZSquared / 2;
  const Uint128 spread = static_cast<Uint128>(held) * (all - held) * kMillion / all + kZSquared / 4;
  const Uint128 half = integer_root(spread * kZSquared);  // Millionths: sqrt of (1e-6 * 1e-6).
  const Uint128 whole = static_cast<Uint128>(all) * kMillion + kZSquared;
  const Uint128 low = held == 0 || middle < half ? 0 : (middle - half) * kMillion / whole;
  const Uint128 high = held == all ? static_cast<Uint128>(kMillion)
                                   : ((middle + half) * kMillion + whole - 1) / whole;
  return {.low = clamped(low), .high = std::min<std::int64_t>(clamped(high), kMillion)};
}

std::optional<std::int64_t> mean_half_width(std::span<const std::int64_t> values) {
  if (values.size() < 2) {
    return std::nullopt;
  }
  return half_width(error_squared(values), values.size() - 1);
}

std::optional<ConfidenceInterval> mean_interval(std::span<const std::int64_t> values) {
  const std::optional<std::int64_t> half = mean_half_width(values);
  if (!half) {
    return std::nullopt;
  }
  const std::int64_t mean = mean_of(values);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return ConfidenceInterval{.low = mean < *half - kMost ? -kMost : mean - *half,
                            .high = mean > kMost - *half ? kMost : mean + *half};
}

std::optional<std::int64_t> unpaired_half_width(std::span<const std::int64_t> before,
                                                std::span<const std::int64_t> after) {
  if (before.size() < 2 || after.size() < 2) {
    return std::nullopt;
  }
  return half_width(error_squared(before) + error_squared(after),
                    std::min(before.size(), after.size()) - 1);
}

std::int64_t median_of(std::vector<std::int64_t> values) {
  ASSERT(!values.empty());
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) / 2];
}

std::optional<ConfidenceInterval> median_interval(std::vector<std::int64_t> values) {
  const std::uint64_t rank = rank_of_edge(values.size());
  if (rank == 0) {
    return std::nullopt;
  }
  std::sort(values.begin(), values.end());
  return ConfidenceInterval{.low = values[rank - 1], .high = values[values.size() - rank]};
}

}  // namespace shaketable::engine
