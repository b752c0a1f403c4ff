#pragma once

#include <string>
#include <utility>
#include <vector>

#include "loadgen/app/judgement.h"
#include "loadgen/live/live_run.h"
#include "loadgen/results/watched_counts.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::app {

/// Ends a run as soon as one of its thresholds is missed beyond doubt, if it says `abort`.
class AbortWatch {
 public:
  /// With `is_part`, lower limits of rates end nothing: they are the sum's.
  AbortWatch(std::vector<Requirement> requirements, proxy::Duration warm_up, bool is_part = false)
      : requirements_(std::move(requirements)), warm_up_(warm_up), is_part_(is_part) {}

  /// Takes the news of a tick. True from then on when the run should end.
  [[nodiscard]] bool wants_end(const live::LiveProgress& progress);
  /// "error_rate < 10% is missed beyond doubt, after 12 s"; empty while nothing is.
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  [[nodiscard]] WatchedCounts counts_of(const Requirement& requirement) const;

  std::vector<Requirement> requirements_;
  proxy::Duration warm_up_;
  bool is_part_;
  live::LiveCounts sum_;
  std::string reason_;
};

}  // namespace shaketable::loadgen::app
