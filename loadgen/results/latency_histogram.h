#pragma once

#include <cstddef>
#include <cstdint>

#include "proxy/base/bits.h"
#include "proxy/base/histogram.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// How long requests took: an HDR histogram of nanoseconds with three significant digits. What is
/// read back is at most 0.05 % off (below 1.024 us exact), from a nanosecond to beyond a day; the
/// smallest, the greatest and the mean are exact.
///
/// Merging is exact: the merged histogram of parts equals the histogram of the whole. An idle one
/// is small, each octave that has a value takes 8 KiB. Not thread-safe: one writer.
class LatencyHistogram {
 public:
  void add(proxy::Duration latency) {
    const std::int64_t ns = latency.count() < 0 ? 0 : latency.count();
    buckets_.add(ns);
    total_ += static_cast<std::uint64_t>(ns);
    min_ = ns < min_ ? ns : min_;
    max_ = ns > max_ ? ns : max_;
  }
  void merge(const LatencyHistogram& other) {
    buckets_.merge(other.buckets_);
    total_ += other.total_;
    min_ = other.min_ < min_ ? other.min_ : min_;
    max_ = other.max_ > max_ ? other.max_ : max_;
  }
  void clear() { *this = LatencyHistogram(); }

  [[nodiscard]] std::uint64_t count() const { return buckets_.count(); }
  [[nodiscard]] bool empty() const { return count() == 0; }
  /// 0 if there is no value.
  [[nodiscard]] proxy::Duration min() const { return proxy::Duration(empty() ? 0 : min_); }
  [[nodiscard]] proxy::Duration max() const { return proxy::Duration(max_); }
  /// Rounded down; 0 if there is no value.
  [[nodiscard]] proxy::Duration mean() const {
    return proxy::Duration(empty() ? 0 : static_cast<std::int64_t>(total_ / count()));
  }
  /// What at least ppm / 1,000,000 of all values do not exceed: the middle of its bucket, within
  /// [min, max]. 0 if there is no value.
  [[nodiscard]] proxy::Duration quantile(std::uint32_t ppm) const {
    const std::int64_t middle = buckets_.percentile(ppm);
    return proxy::Duration(empty() ? 0 : (middle < min_ ? min_ : (middle > max_ ? max_ : middle)));
  }
  /// The root of the mean square distance from the mean, by buckets.
  [[nodiscard]] proxy::Duration deviation() const;
  /// Calls `visit(low, high, count)` with each bucket that is not empty, in rising order.
  template <class Visit>
  void for_each_bucket(Visit&& visit) const {
    buckets_.for_each_bucket(visit);
  }

  /// Adds a bucket of another histogram as read from a file, whose `low` it is; then `restore`.
  void add_bucket(std::int64_t low, std::uint64_t count) { buckets_.add(low, count); }
  /// What the buckets do not say of those that were added by `add_bucket`.
  void restore(std::int64_t min, std::int64_t max, proxy::Uint128 total) {
    min_ = min < min_ ? min : min_;
    max_ = max > max_ ? max : max_;
    total_ += total;
  }
  [[nodiscard]] proxy::Uint128 total() const { return total_; }

  /// Same buckets, same extremes, same sum.
  friend bool operator==(const LatencyHistogram& a, const LatencyHistogram& b);

 private:
  proxy::BasicHistogram<10> buckets_;
  proxy::Uint128 total_ = 0;
  std::int64_t min_ = INT64_MAX;
  std::int64_t max_ = 0;
};

}  // namespace shaketable::loadgen
