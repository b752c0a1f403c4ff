#pragma once

#include <cstdint>
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
/// Cost of a pick: O(1), with weights O(log hosts), full scan O(hosts). No allocation.
class LoadBalancer {
 public:
  explicit LoadBalancer(const ClusterConfig& config);

  /// New candidates in a fixed order. `active` is indexed by slot. Draws the place to start from
  /// the first time; afterwards round robin goes on counting, and a schedule starts anew from the
  /// same place, both as in Envoy.
  void set_hosts(std::span<const LbHost> hosts, std::span<const std::uint32_t> active, Rng& rng);

  [[nodiscard]] bool empty() const { return hosts_.empty(); }

  /// A slot. There must be at least one candidate. `active[slot]` = requests in flight there.
  std::uint32_t pick(std::span<const std::uint32_t> active, Rng& rng) {
    return hosts_.size() == 1 ? hosts_[0].slot : pick_one_of_many(active, rng);
  }

 private:
  std::uint32_t pick_one_of_many(std::span<const std::uint32_t> active, Rng& rng);
  std::uint32_t pick_in_turn();
  std::uint32_t pick_least_request(std::span<const std::uint32_t> active, Rng& rng);
  std::uint32_t pick_full_scan(std::span<const std::uint32_t> active, Rng& rng);
  std::uint32_t pick_weighted(std::span<const std::uint32_t> active);
  std::uint32_t pick_random(Rng& rng);
  [[nodiscard]] double schedule_weight(std::uint32_t slot, std::uint32_t weight,
                                       std::span<const std::uint32_t> active) const;

  LbPolicy policy_;
  std::uint32_t choice_count_;
  bool full_scan_;
  bool weighted_ = false;
  std::uint64_t total_weight_ = 0;
  std::optional<std::uint64_t> seed_;
  std::uint64_t turns_ = 0;  ///< Picks of round robin, from the seed on.
  std::size_t next_ = 0;     ///< turns_ modulo the number of hosts.
  std::vector<LbHost> hosts_;
  std::vector<std::uint32_t> weights_;  // by slot, for the schedule
  EdfSchedule schedule_;
};

}  // namespace shaketable::proxy
