#include "engine/record/histogram_buckets.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

using proxy::Histogram;
using proxy::Uint128;

constexpr std::uint32_t kSub = Histogram::kSubBuckets;
constexpr std::uint64_t kMostValues = std::uint64_t{1} << 62;

std::uint32_t index_of(std::int64_t low) {
  const auto bits = static_cast<std::uint64_t>(low);
  if (bits < kSub) {
    return static_cast<std::uint32_t>(bits);
  }
  const int shift = static_cast<int>(std::bit_width(bits)) - static_cast<int>(std::bit_width(kSub));
  return (static_cast<std::uint32_t>(shift) + 1) * kSub +
         static_cast<std::uint32_t>((bits >> shift) & (kSub - 1));
}

struct Range {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

Range range_of(std::uint32_t index) {
  if (index < kSub) {
    return {index, index};
  }
  const std::uint32_t shift = index / kSub - 1;
  const std::int64_t low = static_cast<std::int64_t>(kSub + index % kSub) << shift;
  return {low, low + ((std::int64_t{1} << shift) - 1)};
}

// Puts values into the buckets that have the wanted sum: each first as small as it can be, then
// raised, bucket by bucket, until the sum is reached.
class Refill {
 public:
  explicit Refill(const HistogramParts& parts) : parts_(parts) {}

  std::optional<Histogram> make() {
    if (!is_sound()) {
      return std::nullopt;
    }
    const Uint128 least = least_sum();
    const Uint128 wanted = wanted_sum();
    if (wanted < least) {
      return std::nullopt;
    }
    missing_ = wanted - least;
    Histogram histogram;
    for (std::size_t i = 0; i < parts_.buckets.size(); ++i) {
      fill(i, histogram);
    }
    if (missing_ != 0) {
      return std::nullopt;
    }
    return histogram;
  }

 private:
  [[nodiscard]] bool is_sound() {
    std::uint64_t values = 0;
    for (std::size_t i = 0; i < parts_.buckets.size(); ++i) {
      const HistogramBucket& bucket = parts_.buckets[i];
      const bool rises = i == 0 || bucket.index > parts_.buckets[i - 1].index;
      if (!rises || bucket.index >= kSub * Histogram::kOctaves || bucket.count == 0 ||
          bucket.count > kMostValues - values) {
        return false;
      }
      values += bucket.count;
    }
    count_ = values;
    const Range first = range_of(parts_.buckets.front().index);
    const Range last = range_of(parts_.buckets.back().index);
    return parts_.min >= first.low && parts_.min <= first.high && parts_.max >= last.low &&
           parts_.max <= last.high && parts_.min <= parts_.max &&
           (count_ > 1 || parts_.min == parts_.max) && parts_.sum >= 0 && parts_.mean >= 0;
  }

  // The first value of all is the minimum, the last one the maximum; the others lie between.
  [[nodiscard]] Range allowed(std::size_t i) const {
    Range range = range_of(parts_.buckets[i].index);
    range.low = std::max(range.low, parts_.min);
    range.high = std::min(range.high, parts_.max);
    return range;
  }

  [[nodiscard]] std::uint64_t free_values(std::size_t i) const {
    const std::uint64_t count = parts_.buckets[i].count;
    const bool is_last = i + 1 == parts_.buckets.size();
    const std::uint64_t fixed = (i == 0 ? 1U : 0U) + (is_last && count_ > 1 ? 1U : 0U);
    return count - fixed;
  }

  [[nodiscard]] Uint128 least_sum() const {
    auto sum = static_cast<Uint128>(static_cast<std::uint64_t>(parts_.min));
    sum += count_ > 1 ? static_cast<std::uint64_t>(parts_.max) : 0U;
    for (std::size_t i = 0; i < parts_.buckets.size(); ++i) {
      sum += static_cast<Uint128>(static_cast<std::uint64_t>(allowed(i).low)) * free_values(i);
    }
    return sum;
  }

  [[nodiscard]] Uint128 wanted_sum() const {
    if (parts_.sum < std::numeric_limits<std::int64_t>::max()) {
      return static_cast<std::uint64_t>(parts_.sum);
    }
    return static_cast<Uint128>(static_cast<std::uint64_t>(parts_.mean)) * count_;
  }

  void fill(std::size_t i, Histogram& histogram) {
    if (i == 0) {
      histogram.add(parts_.min);
    }
    if (i + 1 == parts_.buckets.size() && count_ > 1) {
      histogram.add(parts_.max);
    }
    const std::uint64_t values = free_values(i);
    if (values == 0) {
      return;
    }
    const Range range = allowed(i);
    const auto width = static_cast<std::uint64_t>(range.high - range.low);
    const Uint128 most = static_cast<Uint128>(width) * values;
    const Uint128 raise = missing_ < most ? missing_ : most;
    missing_ -= raise;
    const auto each = static_cast<std::int64_t>(raise / values);
    const auto higher = static_cast<std::uint64_t>(raise % values);
    histogram.add(range.low + each, values - higher);
    histogram.add(range.low + each + 1, higher);
  }

  const HistogramParts& parts_;
  std::uint64_t count_ = 0;
  Uint128 missing_ = 0;
};

}  // namespace

HistogramParts parts_of(const proxy::Histogram& histogram) {
  HistogramParts parts{.buckets = {},
                       .min = histogram.min(),
                       .max = histogram.max(),
                       .sum = histogram.sum(),
                       .mean = histogram.mean()};
  histogram.for_each_bucket([&parts](std::int64_t low, std::int64_t /*high*/, std::uint64_t count) {
    parts.buckets.push_back({.index = index_of(low), .count = count});
  });
  return parts;
}

std::optional<proxy::Histogram> histogram_of(const HistogramParts& parts) {
  if (parts.buckets.empty()) {
    return parts.sum == 0 ? std::optional<Histogram>(std::in_place) : std::nullopt;
  }
  return Refill(parts).make();
}

}  // namespace shaketable::engine
