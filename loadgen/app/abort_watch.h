#pragma once

#include <string>
#include <vector>

#include "loadgen/core/load_plan.h"
#include "loadgen/live/live_run.h"
#include "loadgen/results/watched_counts.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::app {

/// Ends a run as soon as one of its thresholds is missed beyond doubt, if it says `abort`.
class AbortWatch {
 public:
  /// `loads` outlive it.
  AbortWatch(const std::vector<LoadPlan>& loads, proxy::Duration warm_up)
      : loads_(loads), warm_up_(warm_up) {}

  /// Takes the news of a tick. True from then on when the run should end.
  [[nodiscard]] bool wants_end(const live::LiveProgress& progress);
  /// "error_rate < 10% is missed beyond doubt, after 12 s"; empty while nothing is.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  const std::vector<LoadPlan>& loads_;
  proxy::Duration warm_up_;
  live::LiveCounts sum_;
  std::string reason_;
};

}  // namespace shaketable::loadgen::app
