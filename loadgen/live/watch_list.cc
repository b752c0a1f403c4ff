#include "loadgen/live/watch_list.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen::live {

WatchList::WatchList(const LoadPlan& plan, const std::vector<std::string>& others,
                     bool with_steps) {
  for (const Threshold& threshold : plan.thresholds) {
    if (threshold.aborts) {
      watch(plan, threshold.of);
    }
  }
  for (const std::string& of : others) {
    watch(plan, of);
  }
  if (with_steps) {
    for (const Request& request : plan.requests) {
      watch(plan, request.name);
    }
  }
}

void WatchList::watch(const LoadPlan& plan, const std::string& of) {
  if (std::any_of(items_.begin(), items_.end(),
                  [&](const Item& it) { return it.counts.of == of; })) {
    return;
  }
  Item item;
  item.counts.load = plan.name;
  item.counts.of = of;
  item.is_all = of.empty();
  // The order in which judge_thresholds looks, too.
  for (std::uint32_t i = 0; i < plan.journeys.size() && !item.is_all; ++i) {
    if (plan.journeys[i].name == of) {
      item.journey = i;
      break;
    }
  }
  if (!item.is_all && item.journey == kNoIndex) {
    for (const Request& request : plan.requests) {
      const bool has_tag =
          std::find(request.tags.begin(), request.tags.end(), of) != request.tags.end();
      item.requests.push_back(has_tag || request.name == of);
    }
    const bool is_part =
        std::find(item.requests.begin(), item.requests.end(), true) != item.requests.end();
    item.is_all = !is_part && of == plan.name;
    item.requests.resize(item.is_all ? 0 : item.requests.size());
  }
  items_.push_back(std::move(item));
}

void WatchList::add_request(std::uint32_t journey, std::uint32_t request, bool ok,
                            std::int64_t latency_ns) {
  for (Item& item : items_) {
    const bool is_it = item.is_all || item.journey == journey ||
                       (request < item.requests.size() && item.requests[request]);
    if (!is_it) {
      continue;
    }
    ++item.counts.requests;
    item.counts.failed += ok ? 0 : 1;
    item.counts.failed_runs += ok || item.requests.empty() ? 0 : 1;
    if (latency_ns >= 0) {
      item.counts.latency.add(latency_ns);
    }
  }
}

void WatchList::add_failed_run(std::uint32_t journey) {
  for (Item& item : items_) {
    item.counts.failed_runs += item.is_all || item.journey == journey ? 1 : 0;
  }
}

void WatchList::add_dropped(std::uint64_t count) {
  for (Item& item : items_) {
    item.counts.dropped += count;
  }
}

std::vector<WatchedCounts> WatchList::take() {
  std::vector<WatchedCounts> news;
  for (Item& item : items_) {
    WatchedCounts empty;
    empty.load = item.counts.load;
    empty.of = item.counts.of;
    news.push_back(std::exchange(item.counts, std::move(empty)));
  }
  return news;
}

}  // namespace shaketable::loadgen::live
