#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/core/load_plan.h"
#include "loadgen/results/watched_counts.h"

namespace shaketable::loadgen::live {

/// Counts what the thresholds of a load that may end it (`Threshold::aborts`) are about, while it
/// runs, and what else somebody wants to know. Costs nothing when it is empty.
class WatchList {
 public:
  /// `others` are names of journeys, steps, tags or the load, "" = all of it; names that the load
  /// does not have stay at nothing.
  WatchList(const LoadPlan& plan, const std::vector<std::string>& others, bool with_steps);

  [[nodiscard]] bool empty() const { return items_.empty(); }
  /// A request of a journey has ended. `latency_ns` < 0 = it has none.
  void add_request(std::uint32_t journey, std::uint32_t request, bool ok, std::int64_t latency_ns);
  void add_failed_run(std::uint32_t journey);
  /// Arrivals that were dropped since the last call of `take`.
  void add_dropped(std::uint64_t count);
  /// What has come since the last call.
  [[nodiscard]] std::vector<WatchedCounts> take();

 private:
  void watch(const LoadPlan& plan, const std::string& of);

  struct Item {
    WatchedCounts counts;
    bool is_all = false;
    std::uint32_t journey = kNoIndex;
    std::vector<bool> requests;  ///< Those of a step or tag; empty = none.
  };

  std::vector<Item> items_;
};

}  // namespace shaketable::loadgen::live
