#include "loadgen/app/abort_watch.h"

#include <algorithm>

#include "loadgen/results/abort_rule.h"
#include "loadgen/results/text.h"

namespace shaketable::loadgen::app {

bool AbortWatch::wants_end(const live::LiveProgress& progress) {
  if (!reason_.empty() || progress.news.watched.empty()) {
    return !reason_.empty();
  }
  live::LiveCounts news;
  news.watched = progress.news.watched;
  sum_.merge(news);
  const proxy::Duration elapsed = progress.elapsed - warm_up_;
  for (const LoadPlan& plan : loads_) {
    for (const Threshold& threshold : plan.thresholds) {
      if (!threshold.aborts) {
        continue;
      }
      const auto counts = std::find_if(
          sum_.watched.begin(), sum_.watched.end(),
          [&](const WatchedCounts& it) { return it.load == plan.name && it.of == threshold.of; });
      if (counts != sum_.watched.end() && is_missed_beyond_doubt(threshold, *counts, elapsed)) {
        reason_ = threshold.source + " is missed beyond doubt, after " + duration_text(elapsed);
        return true;
      }
    }
  }
  return false;
}

}  // namespace shaketable::loadgen::app
