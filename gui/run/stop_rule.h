#pragma once

#include <functional>
#include <vector>

#include "engine/record/run_record.h"
#include "gui/run/run_history.h"
#include "proxy/base/time.h"

namespace shaketable::gui {

/// Where a run that goes on pauses by itself, whichever comes first; without any of them it does
/// not.
struct StopRule {
  proxy::Instant at = proxy::kNever;
  /// After something of these kinds has happened: less than `StopWatch::kGrain` later.
  std::vector<engine::EventKind> events;
  /// At the end of the bucket in which this begins to hold; what holds from the start on has to end
  /// first. Gets all buckets that are over and the moment; called on the run's thread.
  std::function<bool(const RunHistory& history, proxy::Instant now)> condition;
};

/// Looks whether a rule wants the run to pause. Belongs to the run's thread.
class StopWatch {
 public:
  /// How far a run goes at most between two looks at its events.
  static constexpr proxy::Duration kGrain = std::chrono::milliseconds(1);

  StopWatch() = default;
  /// From what was recorded so far on.
  StopWatch(StopRule rule, const engine::LiveRecord& live, proxy::Duration bucket,
            proxy::Instant now);

  [[nodiscard]] const StopRule& rule() const { return rule_; }
  /// Whether events are waited for: then the run looks every `kGrain`.
  [[nodiscard]] bool looks_at_events() const { return !rule_.events.empty(); }
  /// Whether the run is to pause now. Never says so twice for the same event.
  [[nodiscard]] bool is_due(const engine::LiveRecord& live, proxy::Instant now);

 private:
  [[nodiscard]] bool has_happened(const engine::LiveRecord& live);
  [[nodiscard]] bool begins_to_hold(const engine::LiveRecord& live, proxy::Instant now);

  StopRule rule_;
  std::size_t events_seen_ = 0;
  RunHistory history_;  ///< For the condition alone.
  bool held_ = false;
};

}  // namespace shaketable::gui
