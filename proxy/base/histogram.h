#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "proxy/base/bits.h"

namespace shaketable::proxy {

/// Counts of non-negative 64-bit values (nanoseconds) in logarithmic buckets: values below
/// 2^kSubBucketBits exactly, each further octave in that many linear buckets, so that a value read
/// back is at most a 2^-kSubBucketBits part too small.
///
/// An octave's buckets are allocated when its first value arrives, and the table of octaves with
/// the first value of all: an idle histogram is 72 bytes. Negative values count as 0.
template <int kSubBucketBits = 7>
class BasicHistogram {
 public:
  static constexpr std::size_t kSubBuckets = std::size_t{1} << kSubBucketBits;
  static constexpr std::size_t kOctaves = 64 - kSubBucketBits;

  BasicHistogram() = default;
  BasicHistogram(const BasicHistogram& other) { merge(other); }
  BasicHistogram(BasicHistogram&& other) noexcept = default;
  BasicHistogram& operator=(BasicHistogram&& other) noexcept = default;
  BasicHistogram& operator=(const BasicHistogram& other) { return *this = BasicHistogram(other); }
  ~BasicHistogram() = default;

  /// Counts `value`, `times` times over.
  void add(std::int64_t value, std::uint64_t times = 1) {
    if (times == 0) {
      return;
    }
    value = value < 0 ? 0 : value;
    const std::size_t index = bucket_of(value);
    octave(index >> kSubBucketBits)[index & (kSubBuckets - 1)] += times;
    count_ += times;
    sum_ += static_cast<Uint128>(static_cast<std::uint64_t>(value)) * times;
    min_ = value < min_ ? value : min_;
    max_ = value > max_ ? value : max_;
  }

  /// Adds everything that `other` has counted.
  void merge(const BasicHistogram& other) {
    if (other.count_ == 0) {
      return;
    }
    for (std::size_t o = 0; o < kOctaves; ++o) {
      if ((*other.octaves_)[o] == nullptr) {
        continue;
      }
      Octave& mine = octave(o);
      for (std::size_t i = 0; i < kSubBuckets; ++i) {
        mine[i] += (*(*other.octaves_)[o])[i];
      }
    }
    count_ += other.count_;
    sum_ += other.sum_;
    min_ = other.min_ < min_ ? other.min_ : min_;
    max_ = other.max_ > max_ ? other.max_ : max_;
  }

  /// Forgets everything and frees the memory.
  void clear() { *this = BasicHistogram(); }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Smallest and greatest value counted, exactly; 0 if there is none.
  [[nodiscard]] std::int64_t min() const { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] std::int64_t max() const { return max_; }
  /// Exact sum, at most 2^63 - 1.
  [[nodiscard]] std::int64_t sum() const {
    constexpr std::uint64_t kLargest = ~std::uint64_t{0} >> 1;
    return static_cast<std::int64_t>(sum_ > kLargest ? kLargest : static_cast<std::uint64_t>(sum_));
  }
  /// Exact mean, rounded down; 0 if there is no value.
  [[nodiscard]] std::int64_t mean() const {
    return count_ == 0 ? 0 : static_cast<std::int64_t>(sum_ / count_);
  }

  /// A value that at least ppm / 1,000,000 of all values do not exceed: the middle of its bucket,
  /// but never outside [min, max]. 0 if there is no value.
  [[nodiscard]] std::int64_t percentile(std::uint32_t ppm) const {
    if (count_ == 0) {
      return 0;
    }
    const auto wanted = (static_cast<Uint128>(count_) * ppm + 999'999) / 1'000'000;
    const std::uint64_t rank = wanted == 0 ? 1 : static_cast<std::uint64_t>(wanted);
    std::uint64_t seen = 0;
    std::int64_t result = max_;
    for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t times) {
      if (seen < rank && seen + times >= rank) {
        result = low + (high - low) / 2;
      }
      seen += times;
    });
    return result < min_ ? min_ : (result > max_ ? max_ : result);
  }

  /// How many values are at most `value`; those of its own bucket are all counted.
  [[nodiscard]] std::uint64_t count_at_most(std::int64_t value) const {
    std::uint64_t result = 0;
    for_each_bucket([&](std::int64_t low, std::int64_t, std::uint64_t times) {
      result += low <= value ? times : 0;
    });
    return result;
  }

  /// Calls `visit(low, high, count)` for each non-empty bucket, in rising order; the bucket holds
  /// the values low <= v <= high.
  template <class Visit>
  void for_each_bucket(Visit&& visit) const {
    if (octaves_ == nullptr) {
      return;
    }
    for (std::size_t o = 0; o < kOctaves; ++o) {
      if ((*octaves_)[o] == nullptr) {
        continue;
      }
      for (std::size_t i = 0; i < kSubBuckets; ++i) {
        if (const std::uint64_t times = (*(*octaves_)[o])[i]; times > 0) {
          visit(lowest_of(o, i), lowest_of(o, i) + (width_of(o) - 1), times);
        }
      }
    }
  }

 private:
  using Octave = std::array<std::uint64_t, kSubBuckets>;
  using Octaves = std::array<std::unique_ptr<Octave>, kOctaves>;

  /// Octave 0 holds 0 to 2^bits - 1, octave o > 0 holds 2^(bits+o-1) to 2^(bits+o) - 1.
  static std::size_t bucket_of(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    if (bits < kSubBuckets) {
      return static_cast<std::size_t>(bits);
    }
    const int shift = 63 - std::countl_zero(bits) - kSubBucketBits;
    return (static_cast<std::size_t>(shift + 1) << kSubBucketBits) +
           (static_cast<std::size_t>(bits >> shift) & (kSubBuckets - 1));
  }
  static std::int64_t width_of(std::size_t octave) {
    return octave == 0 ? 1 : std::int64_t{1} << (octave - 1);
  }
  static std::int64_t lowest_of(std::size_t octave, std::size_t sub_bucket) {
    const std::size_t mantissa = octave == 0 ? sub_bucket : kSubBuckets + sub_bucket;
    return static_cast<std::int64_t>(mantissa) * width_of(octave);
  }

  Octave& octave(std::size_t index) {
    if (octaves_ == nullptr) [[unlikely]] {
      octaves_ = std::make_unique<Octaves>();
    }
    std::unique_ptr<Octave>& slot = (*octaves_)[index];
    if (slot == nullptr) [[unlikely]] {
      slot = std::make_unique<Octave>();
    }
    return *slot;
  }

  std::unique_ptr<Octaves> octaves_;
  std::uint64_t count_ = 0;
  Uint128 sum_ = 0;
  std::int64_t min_ = INT64_MAX;
  std::int64_t max_ = 0;
};

/// Latencies with a relative error below 1/128.
using Histogram = BasicHistogram<7>;

}  // namespace shaketable::proxy
