#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/record/outcome.h"
#include "engine/record/trace.h"
#include "engine/sim/simulation.h"
#include "engine/sim/trace_rows.h"

namespace shaketable::engine {

/// Which finished requests stay. All choices are functions of what happened and of the traces' ids,
/// never of the order of memory; nothing here draws a random number.
///
/// Not thread-safe. Costs a few comparisons for a request that is not kept.
class TraceSample {
 public:
  struct Candidate {
    RowIndex trace = 0;
    std::uint64_t rank = 0;  ///< Of the id: the smallest are taken.
    std::uint64_t rows = 0;
    Duration duration{0};
    Outcome outcome = Outcome::kOk;
    bool is_open = false;  ///< The run ended first: it neither failed nor did well.
  };

  TraceSample(const TraceOptions& options, std::size_t journeys);

  /// Offers a trace and says in how many samples it is now; 0 = nobody wants it. Traces that had to
  /// make room are appended to `dropped`, once for each sample that they left.
  std::uint32_t offer(std::size_t journey, const Candidate& candidate,
                      std::vector<RowIndex>& dropped);

  /// Calls `visit(trace, TraceReason)` for each place in a sample.
  template <class Visit>
  void for_each_kept(Visit&& visit) const {
    for (const Journey& journey : journeys_) {
      visit_all(journey.slowest, kKeptAsSlow, visit);
      visit_all(journey.random, kKeptAsRandom, visit);
      for (const Examples& alike : journey.failed) {
        visit_all(alike, kKeptAsFailed, visit);
      }
    }
    for (const Share* share : {&good_, &failed_}) {
      for (const Kept& it : share->kept) {
        visit(it.trace, kKeptInShare);
      }
    }
  }

  /// Share of the good and of the failed requests that is kept beside the examples, ppm.
  [[nodiscard]] std::uint64_t good_ppm() const { return ppm_of(good_); }
  [[nodiscard]] std::uint64_t failed_ppm() const { return ppm_of(failed_); }

 private:
  struct Kept {
    std::uint64_t rank;  ///< The greatest goes first when there are too many.
    RowIndex trace;
    std::uint64_t rows;
  };
  /// The `limit` smallest ranks.
  struct Examples {
    std::vector<Kept> kept;
  };
  struct Journey {
    Examples slowest, random;
    std::vector<Examples> failed;  ///< By Outcome.
  };
  /// All with a rank below the bar, which falls when they become too many.
  struct Share {
    std::uint64_t bar = ~std::uint64_t{0};
    std::uint64_t rows = 0;
    std::vector<Kept> kept;
  };

  template <class Visit>
  static void visit_all(const Examples& examples, TraceReason reason, Visit& visit) {
    for (const Kept& it : examples.kept) {
      visit(it.trace, reason);
    }
  }
  static bool keep_smallest(Examples& examples, std::uint32_t limit, const Kept& candidate,
                            std::vector<RowIndex>& dropped);
  bool keep_share(Share& share, const Kept& candidate, std::vector<RowIndex>& dropped) const;
  [[nodiscard]] std::uint64_t ppm_of(const Share& share) const;

  TraceOptions options_;
  std::vector<Journey> journeys_;
  Share good_, failed_;
};

}  // namespace shaketable::engine
