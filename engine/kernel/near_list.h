#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/kernel/event.h"
#include "engine/kernel/event_set.h"

namespace shaketable::engine {

/// A sorted array: the cheapest set for a few dozen events. Taking the earliest one costs a step of
/// an index; a new one moves the later ones by a place, sequentially, a few instructions each. What
/// comes behind all others, as events of one time do, moves nothing.
class NearList {
 public:
  NearList() : events_(kInitialSize) { events_[0].at = Instant::min(); }

  /// The event must have been scheduled after all those that are here: then those of its own time
  /// stay before it, and times are all that has to be compared.
  void push(Event event) {
    if (end_ == capacity_) [[unlikely]] {
      make_room();
    }
    Event* place = events_.data() + end_++;
    // Ends at the latest at what was popped last, which is not later than anything new.
    while (event.at < place[-1].at) {
      *place = place[-1];
      --place;
    }
    *place = event;
  }

  [[nodiscard]] EventKey next_key() const {
    return head_ == end_ ? kNoEvent : key_of(events_[head_]);
  }

  Event pop() { return events_[head_++]; }

  /// The event that is popped after so many others; if there are fewer, any one, even an old one.
  [[nodiscard]] const Event& upcoming(std::size_t others) const {
    const std::size_t place = head_ + others;
    return events_[place < end_ ? place : 0];
  }

  [[nodiscard]] bool empty() const { return head_ == end_; }
  [[nodiscard]] std::size_t size() const { return end_ - head_; }

  /// Appends an event wherever it belongs; `sort` must follow before anything else.
  void append_unsorted(const Event& event) {
    if (end_ == capacity_) [[unlikely]] {
      make_room();
    }
    events_[end_++] = event;
  }
  void sort() {
    std::sort(events_.begin() + static_cast<std::ptrdiff_t>(head_),
              events_.begin() + static_cast<std::ptrdiff_t>(end_),
              [](const Event& a, const Event& b) { return key_of(a) < key_of(b); });
  }

  /// Hands all events to `visit` and forgets them.
  template <class Visit>
  void drain(Visit&& visit) {
    for (std::size_t i = head_; i < end_; ++i) {
      visit(events_[i]);
    }
    head_ = end_ = 1;
  }

 private:
  /// Several times what the list holds, so that moving it to the front is rare.
  static constexpr std::size_t kInitialSize = 128;

  /// Moves the events to the front; a list that fills half of the memory gets more of it.
  [[gnu::noinline]] void make_room() {
    if (head_ > 1) {
      std::copy(events_.begin() + static_cast<std::ptrdiff_t>(head_),
                events_.begin() + static_cast<std::ptrdiff_t>(end_), events_.begin() + 1);
      end_ -= head_ - 1;
      head_ = 1;
    }
    if (2 * end_ >= events_.size()) {
      events_.resize(events_.size() * 2);
      capacity_ = events_.size();
    }
  }

  /// Those from `head_` up to `end_` are in the list; the first one is an end for `push`.
  std::vector<Event> events_;
  std::size_t head_ = 1;
  std::size_t end_ = 1;
  std::size_t capacity_ = kInitialSize;  ///< events_.size()
};

static_assert(EventSet<NearList>);

}  // namespace shaketable::engine
