#include "engine/judge/statistics.h"

#include <algorithm>
#include <bit>

namespace shaketable::engine {
namespace {

using proxy::Uint128;

constexpr std::uint64_t kAll = 1'000'000;  // ppm
constexpr std::uint64_t kZMilli = 1'960;   // 97.5 % of the normal distribution, thousandths.
constexpr std::uint64_t kZSquareMicro = 3'841'459;

// A histogram's ppm for the value of this rank (from 1).
std::uint32_t ppm_of_rank(std::uint64_t rank, std::uint64_t count) {
  return static_cast<std::uint32_t>(static_cast<Uint128>(rank) * kAll / count);
}

}  // namespace

std::uint64_t square_root(Uint128 value) {
  std::uint64_t root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const std::uint64_t trial = root | (std::uint64_t{1} << bit);
    if (static_cast<Uint128>(trial) * trial <= value) {
      root = trial;
    }
  }
  return root;
}

// centre = (p + z^2/2n) / (1 + z^2/n), half = z sqrt(p (1-p)/n + z^2/4n^2) / (1 + z^2/n); both
// times n^2, so that only the root is not exact.
Interval wilson_ppm(std::uint64_t hits, std::uint64_t trials) {
  if (trials == 0) {
    return {};
  }
  // Beyond 2^31 trials the interval is a point anyway, and the products would not fit.
  while (trials >> 31 != 0) {
    hits >>= 1;
    trials >>= 1;
  }
  hits = std::min(hits, trials);
  const Uint128 n_micro = static_cast<Uint128>(trials) * kAll + kZSquareMicro;  // n + z^2, micro
  const Uint128 centre = static_cast<Uint128>(hits) * kAll + kZSquareMicro / 2;
  // z sqrt(h (n-h)/n + z^2/4), micro: the root of micro-squared.
  const Uint128 variance =
      static_cast<Uint128>(hits) * (trials - hits) * kAll / trials + kZSquareMicro / 4;
  const Uint128 half = static_cast<Uint128>(square_root(variance * kAll)) * kZMilli / 1'000;
  const auto share = [&](Uint128 micro) {
    return static_cast<std::int64_t>(std::min<Uint128>(micro * kAll / n_micro, kAll));
  };
  return {.value = static_cast<std::int64_t>(static_cast<Uint128>(hits) * kAll / trials),
          .low = hits == 0 ? 0 : share(centre > half ? centre - half : 0),
          .high = hits == trials ? static_cast<std::int64_t>(kAll) : share(centre + half)};
}

Interval percentile_interval(const proxy::Histogram& values, std::uint32_t ppm) {
  const std::uint64_t n = values.count();
  if (n == 0) {
    return {};
  }
  const Uint128 np = static_cast<Uint128>(n) * ppm;  // micro
  const std::uint64_t deviation =
      square_root(np * (kAll - ppm) / kAll * kAll);  // sqrt(n p q), micro
  const Uint128 half = static_cast<Uint128>(deviation) * kZMilli / 1'000;
  const auto low = np > half ? static_cast<std::uint64_t>((np - half) / kAll) : 0;
  const auto high = static_cast<std::uint64_t>((np + half + kAll - 1) / kAll) + 1;
  return {.value = values.percentile(ppm),
          .low = low < 1 ? values.min() : values.percentile(ppm_of_rank(low, n)),
          .high = high > n ? values.max() : values.percentile(ppm_of_rank(high, n))};
}

}  // namespace shaketable::engine
