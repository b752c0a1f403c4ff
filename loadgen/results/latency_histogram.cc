#include "loadgen/results/latency_histogram.h"

#include <cmath>
#include <vector>

namespace shaketable::loadgen {

proxy::Duration LatencyHistogram::deviation() const {
  if (empty()) {
    return {};
  }
  const auto mean_ns = static_cast<double>(mean().count());
  double sum = 0;
  buckets_.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
    const double middle = static_cast<double>(low) + static_cast<double>(high - low) / 2;
    sum += (middle - mean_ns) * (middle - mean_ns) * static_cast<double>(count);
  });
  return proxy::Duration(static_cast<std::int64_t>(std::sqrt(sum / static_cast<double>(count()))));
}

bool operator==(const LatencyHistogram& a, const LatencyHistogram& b) {
  if (a.count() != b.count() || a.total_ != b.total_ || a.min() != b.min() || a.max() != b.max()) {
    return false;
  }
  std::vector<std::pair<std::int64_t, std::uint64_t>> mine;
  a.buckets_.for_each_bucket(
      [&](std::int64_t low, std::int64_t, std::uint64_t count) { mine.emplace_back(low, count); });
  std::size_t next = 0;
  bool same = true;
  b.buckets_.for_each_bucket([&](std::int64_t low, std::int64_t, std::uint64_t count) {
    same = same && next < mine.size() && mine[next] == std::pair{low, count};
    ++next;
  });
  return same && next == mine.size();
}

}  // namespace shaketable::loadgen
