#include "loadgen/app/abort_watch.h"

#include "loadgen/results/abort_rule.h"
#include "loadgen/results/text.h"

namespace shaketable::loadgen::app {
namespace {

/// What one generator among several cannot know.
bool is_of_the_sum(const Threshold& threshold) {
  return threshold.metric == Threshold::Metric::kRate &&
         threshold.comparison != Comparison::kLess &&
         threshold.comparison != Comparison::kLessEqual;
}

}  // namespace

WatchedCounts AbortWatch::counts_of(const Requirement& requirement) const {
  WatchedCounts sum;
  for (const WatchedCounts& it : sum_.watched) {
    if (it.of == requirement.threshold.of &&
        (requirement.load.empty() || it.load == requirement.load)) {
      sum.merge(it);
    }
  }
  return sum;
}

bool AbortWatch::wants_end(const live::LiveProgress& progress) {
  if (!reason_.empty() || progress.news.watched.empty()) {
    return !reason_.empty();
  }
  live::LiveCounts news;
  news.watched = progress.news.watched;
  sum_.merge(news);
  const proxy::Duration elapsed = progress.elapsed - warm_up_;
  for (const Requirement& it : requirements_) {
    if (it.threshold.aborts && !(is_part_ && is_of_the_sum(it.threshold)) &&
        is_missed_beyond_doubt(it.threshold, counts_of(it), elapsed)) {
      reason_ = it.threshold.source + " is missed beyond doubt, after " + duration_text(elapsed);
      return true;
    }
  }
  return false;
}

}  // namespace shaketable::loadgen::app
