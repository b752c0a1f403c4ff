#pragma once

#include <cstddef>
#include <queue>
#include <vector>

#include "engine/kernel/event.h"
#include "engine/kernel/event_set.h"

namespace shaketable::engine {

/// The standard library's priority queue: slower, and obviously right. Tests compare against it.
class ReferenceSet {
 public:
  void push(const Event& event) { queue_.push(event); }

  [[nodiscard]] EventKey next_key() const {
    return queue_.empty() ? kNoEvent : key_of(queue_.top());
  }

  Event pop() {
    const Event event = queue_.top();
    queue_.pop();
    return event;
  }

  [[nodiscard]] std::size_t size() const { return queue_.size(); }

 private:
  struct IsLater {
    bool operator()(const Event& a, const Event& b) const { return key_of(a) > key_of(b); }
  };
  std::priority_queue<Event, std::vector<Event>, IsLater> queue_;
};

static_assert(EventSet<ReferenceSet>);

}  // namespace shaketable::engine
