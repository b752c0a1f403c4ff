#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/kernel/event.h"
#include "engine/kernel/event_set.h"
#include "proxy/base/assert.h"
#include "proxy/base/fifo_ring.h"

namespace shaketable::engine {

/// An event set with a ring beside it for each constant delay (a link's latency, "at once").
///
/// What is scheduled with a constant delay is due in the order of scheduling, so a ring is sorted
/// by construction: pushing and popping cost about 2 ns where a heap's cost 20. The order over all
/// is still (time, seq). Only the earliest of the lanes' heads is compared with the set; it is
/// looked for again when it is popped or when an idle lane gets its first event.
template <EventSet Set>
class Lanes {
 public:
  static constexpr bool kHasLanes = true;
  static constexpr std::size_t kMaxLanes = 16;

  /// Adds a lane and returns its number; there must be fewer than kMaxLanes.
  std::size_t add_lane() {
    ASSERT(lane_count_ < kMaxLanes);
    heads_[lane_count_] = kNoEvent;
    return lane_count_++;
  }
  [[nodiscard]] std::size_t lane_count() const { return lane_count_; }

  void push(Event event) { set_.push(event); }

  /// Appends to a lane; the event must be later (time, seq) than the lane's last one.
  void push_lane(std::size_t lane, Event event) {
    proxy::FifoRing<Event>& ring = rings_[lane];
    const bool was_idle = ring.empty();
    ring.append() = event;
    if (was_idle) {
      const EventKey key = key_of(event);
      heads_[lane] = key;
      if (key < best_key_) {
        best_key_ = key;
        best_lane_ = lane;
      }
    }
  }

  /// Removes the earliest event into `event` if it is not later than `limit`.
  bool pop_until(Instant limit, Event& event) {
    const EventKey set_key = set_.next_key();
    if (best_key_ < set_key) {
      if (time_of(best_key_) > limit) {
        return false;
      }
      event = rings_[best_lane_].front();
      pop_lane();
      return true;
    }
    if (set_key == kNoEvent || time_of(set_key) > limit) {
      return false;
    }
    event = set_.pop();
    return true;
  }

  /// Time of the earliest event, `kNever` if there is none.
  [[nodiscard]] Instant next_at() {
    const EventKey set_key = set_.next_key();
    const EventKey key = best_key_ < set_key ? best_key_ : set_key;
    return key == kNoEvent ? kNever : time_of(key);
  }

  [[nodiscard]] std::size_t size() const {
    std::size_t size = set_.size();
    for (std::size_t i = 0; i < lane_count_; ++i) {
      size += rings_[i].size();
    }
    return size;
  }

 private:
  void pop_lane() {
    proxy::FifoRing<Event>& ring = rings_[best_lane_];
    ring.pop_front();
    heads_[best_lane_] = ring.empty() ? kNoEvent : key_of(ring.front());
    best_key_ = heads_[0];
    best_lane_ = 0;
    for (std::size_t i = 1; i < lane_count_; ++i) {
      const bool better = heads_[i] < best_key_;
      best_key_ = better ? heads_[i] : best_key_;
      best_lane_ = better ? i : best_lane_;
    }
  }

  Set set_;
  EventKey best_key_ = kNoEvent;  ///< The least of heads_; kNoEvent when all lanes are idle.
  std::size_t best_lane_ = 0;
  std::size_t lane_count_ = 0;
  std::array<EventKey, kMaxLanes> heads_{};
  std::array<proxy::FifoRing<Event>, kMaxLanes> rings_;
};

/// The same interface with everything in the one set: the reference for `Lanes`.
template <EventSet Set>
class NoLanes {
 public:
  static constexpr bool kHasLanes = false;
  static constexpr std::size_t kMaxLanes = 16;

  std::size_t add_lane() {
    ASSERT(lane_count_ < kMaxLanes);
    return lane_count_++;
  }
  [[nodiscard]] std::size_t lane_count() const { return lane_count_; }

  void push(Event event) { set_.push(event); }
  void push_lane(std::size_t, const Event& event) { set_.push(event); }

  bool pop_until(Instant limit, Event& event) {
    const EventKey key = set_.next_key();
    if (key == kNoEvent || time_of(key) > limit) {
      return false;
    }
    event = set_.pop();
    return true;
  }

  [[nodiscard]] Instant next_at() {
    const EventKey key = set_.next_key();
    return key == kNoEvent ? kNever : time_of(key);
  }
  [[nodiscard]] std::size_t size() const { return set_.size(); }

 private:
  Set set_;
  std::size_t lane_count_ = 0;
};

}  // namespace shaketable::engine
