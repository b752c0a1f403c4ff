#include <algorithm>

#include "engine/sim/recorder.h"

namespace shaketable::engine {

template <class Visit>
void Cell::for_each(Visit&& visit) const {
  for (unsigned octave = 0; octave < octaves_.size(); ++octave) {
    if ((used_ >> octave & 1U) == 0) {
      continue;
    }
    const unsigned shift = octave == 0 ? 0 : octave - 1;
    const std::int64_t base = octave == 0 ? 0 : static_cast<std::int64_t>(kSubBuckets) << shift;
    const Octave& counts = octaves_[octave];
    for (std::uint64_t i = 0; i < kSubBuckets; ++i) {
      if (counts[i] != 0) {
        visit(base + (static_cast<std::int64_t>(i) << shift), std::int64_t{1} << shift, counts[i]);
      }
    }
  }
}

Point Cell::point() const {
  Point point;
  std::copy(outcomes_.begin(), outcomes_.end(), point.outcomes.begin());
  point.count = count_;
  point.retries = retries_;
  point.latency_sum = sum_;
  point.max = max_;
  if (count_ == 0) {
    return point;
  }
  const auto rank = [this](std::uint64_t ppm) { return (count_ * ppm + 999'999) / 1'000'000; };
  const std::uint64_t wanted[] = {rank(500'000), rank(900'000), rank(990'000)};
  std::int64_t* const results[] = {&point.p50, &point.p90, &point.p99};
  std::uint64_t seen = 0;
  for_each([&](std::int64_t low, std::int64_t width, std::uint32_t count) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (seen < wanted[i] && wanted[i] <= seen + count) {
        *results[i] = std::min(low + (width - 1) / 2, max_);
      }
    }
    seen += count;
  });
  return point;
}

void Cell::add_to(WindowTotals& totals) const {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    totals.outcomes[i] += outcomes_[i];
  }
  totals.count += count_;
  totals.retries += retries_;
  for_each([&](std::int64_t low, std::int64_t width, std::uint32_t count) {
    totals.latency.add(std::min(low + (width - 1) / 2, max_), count);
  });
}

void Cell::merge_into(Cell& other) const {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    other.outcomes_[i] += outcomes_[i];
  }
  other.count_ += count_;
  other.retries_ += retries_;
  other.sum_ += sum_;
  other.max_ = std::max(other.max_, max_);
  other.used_ |= used_;
  if (other.octaves_.size() < octaves_.size()) {
    other.octaves_.resize(octaves_.size());
  }
  for (std::size_t octave = 0; octave < octaves_.size(); ++octave) {
    if ((used_ >> octave & 1U) == 0) {
      continue;
    }
    other.octaves_[octave].resize(kSubBuckets, 0);
    for (std::uint64_t i = 0; i < kSubBuckets; ++i) {
      other.octaves_[octave][i] += octaves_[octave][i];
    }
  }
}

void Cell::clear() {
  for (std::size_t octave = 0; octave < octaves_.size(); ++octave) {
    if ((used_ >> octave & 1U) != 0) {
      std::fill(octaves_[octave].begin(), octaves_[octave].end(), 0U);
    }
  }
  outcomes_ = {};
  count_ = retries_ = used_ = 0;
  sum_ = max_ = 0;
}

}  // namespace shaketable::engine
