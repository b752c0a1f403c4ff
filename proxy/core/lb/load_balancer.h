#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "proxy/base/rng.h"
#include "proxy/config/policy.h"
#include "proxy/config/proxy_config.h"

namespace shaketable::proxy {

/// What a balancer needs to know of a host.
struct LbHost {
  std::uint32_t slot = 0;    ///< The owner's number of the host.
  std::uint32_t weight = 1;  ///< At least 1.
};

/// Requests in flight by slot: an array of counters, or a counter in each element of an array.
class ActiveCounts {
 public:
  /// `first` is slot 0's counter, the next one is `stride` bytes further.
  ActiveCounts(const std::uint32_t* first, std::size_t stride)
      : first_(reinterpret_cast<const std::byte*>(first)), stride_(stride) {}
  /// Counters side by side. The vector must outlive this.
  ActiveCounts(const std::vector<std::uint32_t>& counts)  // NOLINT(google-explicit-constructor)
      : ActiveCounts(counts.data(), sizeof(std::uint32_t)) {}

  [[nodiscard]] std::uint32_t operator[](std::size_t slot) const {
    return *reinterpret_cast<const std::uint32_t*>(first_ + slot * stride_);
  }

 private:
  const std::byte* first_;
  std::size_t stride_;
};

/// Earliest deadline first: weighted picks spread evenly over time. A host of weight w comes back
/// 1/w after its own deadline; ties in the order of adding.
/// Source: Envoy, source/common/upstream/edf_scheduler.h.
class EdfSchedule {
 public:
  void clear();
  void add(double weight, std::uint32_t slot);
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  /// Takes the earliest out; the caller adds it again with its weight of now.
  std::uint32_t take();

 private:
  struct Entry {
    double deadline;
    std::uint64_t order;
    std::uint32_t slot;
  };
  [[nodiscard]] static bool later(const Entry& a, const Entry& b);

  std::vector<Entry> heap_;
  double now_ = 0;
  std::uint64_t order_ = 0;
};

/// Picks the host of the next attempt: round robin, least request or random, each with weights.
/// Equal weights take the short way, unequal ones an EdfSchedule, as Envoy does.
///
/// Cost of a pick: O(1), with weights O(log hosts), full scan O(hosts). No allocation. What the
/// usual pick reads is in the object itself, half a cache line; the rest is behind a pointer.
class LoadBalancer {
 public:
  explicit LoadBalancer(const ClusterConfig& config);

  /// New candidates in a fixed order. Draws the place to start from the first time; afterwards
  /// round robin goes on counting, and a schedule starts anew from the same place, both as in
  /// Envoy.
  void set_hosts(std::span<const LbHost> hosts, ActiveCounts active, Rng& rng);

  [[nodiscard]] bool empty() const { return count_ == 0; }

  /// A slot. There must be at least one candidate.
  std::uint32_t pick(ActiveCounts active, Rng& rng) {
    if (count_ == 1) {
      return slot_of(0);
    }
    if (picks_of_two_) [[likely]] {
      return pick_of_two(active, rng);
    }
    return pick_one_of_many(active, rng);
  }

 private:
  /// What only set_hosts and the rarer policies need.
  struct Details {
    bool full_scan = false;
    std::optional<std::uint64_t> seed;
    std::uint64_t total_weight = 0;
    std::vector<LbHost> hosts;
    std::vector<std::uint32_t> weights;  ///< By slot, for the schedule.
    EdfSchedule schedule;
  };

  [[nodiscard]] std::uint32_t slot_of(std::uint64_t candidate) const {
    return in_order_ ? static_cast<std::uint32_t>(candidate) : details_->hosts[candidate].slot;
  }
  // Drawn with replacement, the first drawn wins a tie; both as in Envoy.
  std::uint32_t pick_of_two(ActiveCounts active, Rng& rng) {
    const std::uint32_t first = slot_of(rng.below(count_));
    const std::uint32_t other = slot_of(rng.below(count_));
    return active[other] < active[first] ? other : first;
  }
  void start_turns(std::uint64_t turns);
  std::uint32_t pick_one_of_many(ActiveCounts active, Rng& rng);
  std::uint32_t pick_in_turn();
  std::uint32_t pick_least_request(ActiveCounts active, Rng& rng);
  std::uint32_t pick_full_scan(ActiveCounts active, Rng& rng);
  std::uint32_t pick_weighted(ActiveCounts active);
  std::uint32_t pick_random(Rng& rng);
  [[nodiscard]] double schedule_weight(std::uint32_t slot, std::uint32_t weight,
                                       ActiveCounts active) const;

  LbPolicy policy_;
  bool picks_of_two_ = false;  ///< The usual least request: two draws, no weights.
  bool weighted_ = false;
  bool in_order_ = false;  ///< The i-th candidate is slot i.
  std::uint32_t choice_count_;
  std::uint32_t count_ = 0;  ///< Candidates.
  std::uint32_t next_ = 0;   ///< The candidate whose turn it is.
  std::uint64_t turns_ = 0;  ///< Picks of round robin when it was the first one's turn.
  std::unique_ptr<Details> details_;
};

}  // namespace shaketable::proxy
