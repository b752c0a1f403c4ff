#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proxy/base/histogram.h"

/// A histogram as a list of numbers, so that it can be kept in a file and made again.
namespace shaketable::engine {

/// A non-empty bucket. Bucket i < 128 holds the value i alone; above, bucket i holds the 2^(k-1)
/// values from (128 + i % 128) * 2^(k-1) on, with k = i / 128.
struct HistogramBucket {
  std::uint32_t index = 0;
  std::uint64_t count = 0;

  friend bool operator==(const HistogramBucket&, const HistogramBucket&) = default;
};

/// What a `proxy::Histogram` knows.
struct HistogramParts {
  std::vector<HistogramBucket> buckets;  ///< By rising index.
  std::int64_t min = 0, max = 0;
  std::int64_t sum = 0;   ///< At most 2^63 - 1 ...
  std::int64_t mean = 0;  ///< ... from where on the mean tells more.
};

[[nodiscard]] HistogramParts parts_of(const proxy::Histogram& histogram);

/// Makes the histogram again: every question to it has the answer that the first one gave. Nothing
/// when the parts contradict each other (a sum that such buckets cannot have, a minimum outside of
/// the first one), or when counts are beyond 2^62.
[[nodiscard]] std::optional<proxy::Histogram> histogram_of(const HistogramParts& parts);

}  // namespace shaketable::engine
