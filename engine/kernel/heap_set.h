#pragma once

#include <cstddef>
#include <vector>

#include "engine/kernel/event.h"
#include "engine/kernel/event_set.h"

namespace shaketable::engine {

/// A heap with four children per node: half the levels of a binary one, and the four children that
/// are compared lie side by side. Fastest for up to some hundred pending events.
class HeapSet {
 public:
  /// By value: the event is then written once, field by field, to where it belongs. A copy through
  /// memory would wait for the stores that built it (a failed store forwarding, some 15 cycles).
  void push(Event event) {
    if (size_ == events_.size()) [[unlikely]] {
      grow();
    }
    Event* const events = events_.data();
    std::size_t hole = size_++;
    const EventKey key = key_of(event);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / kChildren;
      if (key >= key_of(events[parent])) {
        break;
      }
      events[hole] = events[parent];
      hole = parent;
    }
    events[hole] = event;
  }

  [[nodiscard]] EventKey next_key() const {
    return size_ == 0 ? kNoEvent : key_of(events_.front());
  }

  Event pop() {
    const Event first = events_.front();
    --size_;
    if (size_ > 0) {
      sift_down(events_[size_]);
    }
    return first;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Hands all events to `visit`, in no particular order, and forgets them.
  template <class Visit>
  void drain(Visit&& visit) {
    for (std::size_t i = 0; i < size_; ++i) {
      visit(events_[i]);
    }
    size_ = 0;
  }

 private:
  static constexpr std::size_t kChildren = 4;

  /// Puts `event` (from behind the end) where the hole at the root has to sink to.
  void sift_down(const Event& event) {
    Event* const events = events_.data();
    const std::size_t count = size_;
    const EventKey key = key_of(event);
    std::size_t hole = 0;
    for (;;) {
      const std::size_t first = hole * kChildren + 1;
      if (first >= count) {
        break;
      }
      const std::size_t best =
          first + kChildren <= count ? least_of_four(first) : least_of(first, count);
      if (key_of(events[best]) >= key) {
        break;
      }
      events[hole] = events[best];
      hole = best;
    }
    events[hole] = event;
  }

  /// Selections instead of branches: which child is least cannot be predicted.
  [[nodiscard]] std::size_t least_of_four(std::size_t first) const {
    const Event* const e = events_.data() + first;
    const EventKey a = key_of(e[0]);
    const EventKey b = key_of(e[1]);
    const EventKey c = key_of(e[2]);
    const EventKey d = key_of(e[3]);
    const bool b_first = b < a;
    const bool d_first = d < c;
    const EventKey ab = b_first ? b : a;
    const EventKey cd = d_first ? d : c;
    const std::size_t left = b_first ? 1 : 0;
    const std::size_t right = d_first ? 3 : 2;
    return first + (cd < ab ? right : left);
  }
  [[nodiscard]] std::size_t least_of(std::size_t first, std::size_t end) const {
    std::size_t best = first;
    for (std::size_t i = first + 1; i < end; ++i) {
      best = key_of(events_[i]) < key_of(events_[best]) ? i : best;
    }
    return best;
  }

  [[gnu::noinline]] void grow() { events_.resize(events_.empty() ? 64 : events_.size() * 2); }

  std::vector<Event> events_;  ///< Only the first `size_` are in the heap.
  std::size_t size_ = 0;
};

static_assert(EventSet<HeapSet>);

}  // namespace shaketable::engine
