#include "engine/sim/trace_sample.h"

#include <algorithm>

#include "engine/record/trace.h"

namespace shaketable::engine {

TraceSample::TraceSample(const TraceOptions& options, std::size_t journeys)
    : options_(options), journeys_(journeys) {
  for (Journey& journey : journeys_) {
    journey.failed.resize(kOutcomes);
  }
}

bool TraceSample::keep_smallest(Examples& examples, std::uint32_t limit, const Kept& candidate,
                                std::vector<RowIndex>& dropped) {
  std::vector<Kept>& kept = examples.kept;
  if (kept.size() < limit) {
    kept.push_back(candidate);
    return true;
  }
  const auto greatest = std::max_element(
      kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.rank < b.rank; });
  if (greatest == kept.end() || candidate.rank >= greatest->rank) {
    return false;
  }
  dropped.push_back(greatest->trace);
  *greatest = candidate;
  return true;
}

bool TraceSample::keep_share(Share& share, const Kept& candidate,
                             std::vector<RowIndex>& dropped) const {
  if (candidate.rank > share.bar || options_.most_kept == 0) {
    return false;
  }
  share.kept.push_back(candidate);
  share.rows += candidate.rows;
  bool stays = true;
  while (share.rows > options_.most_kept / 2 && share.bar > 0) {
    share.bar /= 2;
    const auto gone = std::stable_partition(share.kept.begin(), share.kept.end(),
                                            [&](const Kept& it) { return it.rank <= share.bar; });
    for (auto it = gone; it != share.kept.end(); ++it) {
      share.rows -= it->rows;
      if (it->trace == candidate.trace) {
        stays = false;
      } else {
        dropped.push_back(it->trace);
      }
    }
    share.kept.erase(gone, share.kept.end());
  }
  return stays;
}

std::uint32_t TraceSample::offer(std::size_t journey, const Candidate& candidate,
                                 std::vector<RowIndex>& dropped) {
  Journey& of = journeys_[journey];
  const bool is_failed = !candidate.is_open && candidate.outcome != Outcome::kOk;
  const Kept by_rank{candidate.rank, candidate.trace, candidate.rows};
  // The longest has the smallest rank; of equally long ones the first stays.
  const Kept by_time{~static_cast<std::uint64_t>(candidate.duration.count()), candidate.trace, 0};
  std::uint32_t holds = keep_smallest(of.slowest, options_.slowest, by_time, dropped) ? 1 : 0;
  if (is_failed) {
    Examples& alike = of.failed[static_cast<std::size_t>(candidate.outcome)];
    holds += keep_smallest(alike, options_.failed, by_rank, dropped) ? 1U : 0U;
  } else if (!candidate.is_open) {
    holds += keep_smallest(of.random, options_.random, by_rank, dropped) ? 1U : 0U;
  }
  holds += keep_share(is_failed ? failed_ : good_, by_rank, dropped) ? 1U : 0U;
  return holds;
}

std::uint64_t TraceSample::ppm_of(const Share& share) const {
  if (options_.most_kept == 0) {
    return 0;
  }
  constexpr std::uint64_t kAll = 1'000'000;
  return share.bar == ~std::uint64_t{0} ? kAll : ((share.bar >> 32) * kAll) >> 32;
}

}  // namespace shaketable::engine
