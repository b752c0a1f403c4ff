#include "gui/run/stop_rule.h"

#include <algorithm>
#include <utility>

namespace shaketable::gui {

StopWatch::StopWatch(StopRule rule, const engine::LiveRecord& live, proxy::Duration bucket,
                     proxy::Instant now)
    : rule_(std::move(rule)), events_seen_(live.events.size()) {
  if (rule_.condition) {
    history_.set_bucket(bucket);
    history_.append(live);
    held_ = history_.buckets() > 0 && rule_.condition(history_, now);
  }
}

bool StopWatch::is_due(const engine::LiveRecord& live, proxy::Instant now) {
  const bool happened = has_happened(live);
  const bool begins = begins_to_hold(live, now);
  return happened || begins || now >= rule_.at;
}

bool StopWatch::has_happened(const engine::LiveRecord& live) {
  const std::size_t from = std::min(events_seen_, live.events.size());
  events_seen_ = live.events.size();
  return std::any_of(live.events.begin() + static_cast<std::ptrdiff_t>(from), live.events.end(),
                     [this](const engine::RunEvent& event) {
                       return std::find(rule_.events.begin(), rule_.events.end(), event.kind) !=
                              rule_.events.end();
                     });
}

bool StopWatch::begins_to_hold(const engine::LiveRecord& live, proxy::Instant now) {
  if (!rule_.condition) {
    return false;
  }
  const std::size_t before = history_.buckets();
  history_.append(live);
  if (history_.buckets() == before) {
    return false;
  }
  const bool was = std::exchange(held_, rule_.condition(history_, now));
  return held_ && !was;
}

}  // namespace shaketable::gui
