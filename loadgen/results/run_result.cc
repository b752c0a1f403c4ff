#include "loadgen/results/run_result.h"

#include <algorithm>

namespace shaketable::loadgen {

bool RunResult::passed() const {
  return !was_interrupted && ended_early.empty() && set_up_error.empty() &&
         std::all_of(thresholds.begin(), thresholds.end(),
                     [](const ThresholdVerdict& it) { return it.holds; });
}

RequestStats RunResult::total() const {
  RequestStats sum;
  for (const LoadStats& load : loads) {
    sum.merge(load.total);
  }
  return sum;
}

std::pair<std::uint64_t, std::uint64_t> RunResult::runs() const {
  std::pair<std::uint64_t, std::uint64_t> sum{0, 0};
  for (const LoadStats& load : loads) {
    for (const JourneyStats& journey : load.journeys) {
      sum.first += journey.runs;
      sum.second += journey.failed;
    }
  }
  return sum;
}

void RunResult::merge(const RunResult& other) {
  generators += other.generators;
  threads += other.threads;
  started_at_ms = std::min(started_at_ms, other.started_at_ms);
  elapsed = std::max(elapsed, other.elapsed);
  warm_up = std::max(warm_up, other.warm_up);
  was_interrupted = was_interrupted || other.was_interrupted;
  ended_early = ended_early.empty() ? other.ended_early : ended_early;
  set_up_error = set_up_error.empty() ? other.set_up_error : set_up_error;
  cancelled += other.cancelled;
  connections.merge(other.connections);
  thresholds.clear();
  for (const RequiredThreshold& it : other.required) {
    if (std::find(required.begin(), required.end(), it) == required.end()) {
      required.push_back(it);
    }
  }
  shares.insert(shares.end(), other.shares.begin(), other.shares.end());
  for (const LoadStats& load : other.loads) {
    const auto mine = std::find_if(loads.begin(), loads.end(),
                                   [&](const LoadStats& it) { return it.name == load.name; });
    if (mine == loads.end()) {
      loads.push_back(load);
    } else {
      mine->merge(load);
    }
  }
}

}  // namespace shaketable::loadgen
