#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "engine/record/latency_rows.h"
#include "engine/sim/recorder.h"

namespace shaketable::engine {

void Cell::list_latencies(std::vector<Latencies>& result) const {
  result.clear();
  for (std::uint64_t left = used_; left != 0; left &= left - 1) {
    const auto octave = static_cast<unsigned>(std::countr_zero(left));
    const unsigned shift = octave == 0 ? 0 : octave - 1;
    const std::int64_t base = octave == 0 ? 0 : static_cast<std::int64_t>(kSubBuckets) << shift;
    const std::uint32_t* const counts = &counts_[(octave - first_) * kSubBuckets];
    for (std::uint64_t pair = 0; pair < kSubBuckets; pair += 2) {
      if ((counts[pair] | counts[pair + 1]) == 0) {  // most are
        continue;
      }
      for (std::uint64_t i = pair; i < pair + 2; ++i) {
        if (counts[i] != 0) {
          result.push_back({base + (static_cast<std::int64_t>(i) << shift),
                            std::int64_t{1} << shift, counts[i]});
        }
      }
    }
  }
}

static_assert(static_cast<std::size_t>(Outcome::kOk) == 0);

std::uint64_t Cell::outcomes(std::size_t outcome) const {
  if (outcome != static_cast<std::size_t>(Outcome::kOk)) {
    return unusual_[outcome];
  }
  return count_ - std::accumulate(unusual_.begin() + 1, unusual_.end(), std::uint64_t{0});
}

Point Cell::point(std::span<const Latencies> latencies) const {
  Point point;
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    point.outcomes[i] = outcomes(i);
  }
  point.count = count_;
  point.retries = retries_;
  point.latency_sum = sum_;
  point.max = max_;
  if (count_ == 0) {
    return point;
  }
  const auto rank = [this](std::uint64_t ppm) { return (count_ * ppm + 999'999) / 1'000'000; };
  const std::uint64_t wanted[] = {rank(500'000), rank(900'000), rank(950'000), rank(990'000)};
  std::int64_t* const results[] = {&point.p50, &point.p90, &point.p95, &point.p99};
  std::uint64_t seen = 0;
  std::size_t next = 0;  // the ranks ascend
  for (const Latencies& it : latencies) {
    seen += it.count;
    while (next < 4 && wanted[next] <= seen) {
      *results[next++] = std::min(it.low + (it.width - 1) / 2, max_);
    }
  }
  return point;
}

void Cell::add_details(std::span<const Latencies> latencies, std::uint32_t bucket,
                       bool has_latencies, Series& series) const {
  for (const StatusCount& it : statuses_) {
    series.statuses.push_back({bucket, it.outcome, it.status, it.count});
  }
  if (!has_latencies) {
    return;
  }
  std::vector<LatencyCell>& cells = series.latencies;
  for (const Latencies& it : latencies) {
    const std::uint32_t row = latency_row_of(it.low);
    if (!cells.empty() && cells.back().bucket == bucket && cells.back().row == row) {
      cells.back().count += it.count;
    } else {
      cells.push_back({bucket, row, it.count});
    }
  }
}

void Cell::add_to(std::span<const Latencies> latencies, WindowTotals& totals) const {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    totals.outcomes[i] += outcomes(i);
  }
  totals.count += count_;
  totals.retries += retries_;
  for (const Latencies& it : latencies) {
    totals.latency.add(std::min(it.low + (it.width - 1) / 2, max_), it.count);
  }
}

void Cell::merge_into(Cell& other) const {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    other.unusual_[i] += unusual_[i];
  }
  other.count_ += count_;
  other.retries_ += retries_;
  other.sum_ += sum_;
  other.max_ = std::max(other.max_, max_);
  for (const StatusCount& it : statuses_) {
    other.count_status(it.outcome, it.status, it.count);
  }
  other.used_ |= used_;
  for (std::uint64_t left = used_; left != 0; left &= left - 1) {
    const auto octave = static_cast<unsigned>(std::countr_zero(left));
    if (octave - other.first_ >= other.octaves_) {
      other.make_room(octave);
    }
    const std::uint32_t* const mine = &counts_[(octave - first_) * kSubBuckets];
    std::uint32_t* const theirs = &other.counts_[(octave - other.first_) * kSubBuckets];
    for (std::uint64_t i = 0; i < kSubBuckets; ++i) {
      theirs[i] += mine[i];
    }
  }
}

void Cell::count_status(Outcome outcome, std::uint16_t status, std::uint32_t count) {
  const auto at = std::lower_bound(statuses_.begin(), statuses_.end(), std::pair(outcome, status),
                                   [](const StatusCount& it, const auto& wanted) {
                                     return std::pair(it.outcome, it.status) < wanted;
                                   });
  if (at != statuses_.end() && at->outcome == outcome && at->status == status) {
    at->count += count;
  } else {
    statuses_.insert(at, {outcome, status, count});
  }
}

/// Counts for one more octave; those between it and the known ones come with it.
void Cell::make_room(unsigned octave) {
  if (octaves_ == 0) {
    first_ = octave;
  }
  const unsigned first = std::min(first_, octave);
  const unsigned end = std::max(first_ + octaves_, octave + 1);
  std::vector<std::uint32_t> counts((end - first) * kSubBuckets, 0);
  std::copy(counts_.begin(), counts_.end(),
            counts.begin() + static_cast<std::ptrdiff_t>((first_ - first) * kSubBuckets));
  counts_ = std::move(counts);
  first_ = first;
  octaves_ = end - first;
}

void Cell::clear() {
  for (std::uint64_t left = used_; left != 0; left &= left - 1) {
    const auto octave = static_cast<unsigned>(std::countr_zero(left));
    const auto begin =
        counts_.begin() + static_cast<std::ptrdiff_t>((octave - first_) * kSubBuckets);
    std::fill(begin, begin + kSubBuckets, 0U);
  }
  unusual_ = {};
  statuses_.clear();
  count_ = retries_ = used_ = 0;
  sum_ = max_ = 0;
}

}  // namespace shaketable::engine
