#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/kernel/event.h"
#include "engine/kernel/event_set.h"
#include "proxy/base/assert.h"

namespace shaketable::engine {

/// An event set with a ring beside it for each constant delay (a link's latency, "at once").
///
/// What is scheduled with a constant delay is due in the order of scheduling, so a ring is sorted
/// by construction: pushing and popping cost about 2 ns where a heap's cost 20. The order over all
/// is still (time, seq). Only the earliest of the lanes' heads is compared with the set; it is
/// looked for again, among the lanes that hold something, when it is popped.
template <EventSet Set>
class Lanes {
 public:
  Lanes() = default;
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  static constexpr bool kHasLanes = true;
  static constexpr std::size_t kMaxLanes = 16;

  /// Adds a lane and returns its number; there must be fewer than kMaxLanes.
  std::size_t add_lane() {
    ASSERT(lane_count_ < kMaxLanes);
    rings_[lane_count_].grow();
    return lane_count_++;
  }
  [[nodiscard]] std::size_t lane_count() const { return lane_count_; }

  void push(Event event) { set_.push(event); }

  /// Appends to a lane; the event must be later (time, seq) than the lane's last one. Its parts are
  /// written one by one to where it belongs, or they would be put together in memory first.
  [[gnu::always_inline]] void push_lane(std::size_t lane, Instant at, std::uint64_t seq,
                                        EventBody body) {
    Ring& ring = rings_[lane];
    if (ring.size() > ring.mask) [[unlikely]] {
      ring.grow();
    }
    const bool was_idle = ring.empty();
    Event& event = ring.events[ring.tail++ & ring.mask];
    event.at = at;
    event.seq = seq;
    event.kind = body.kind;
    event.flags = body.flags;
    event.small = body.small;
    event.target = body.target;
    event.arg = body.arg;
    if (was_idle) [[unlikely]] {
      begin(ring, at, seq);
    }
  }

  /// Removes the earliest event into `event` if it is not later than `limit`.
  [[gnu::always_inline]] bool pop_until(Instant limit, Event& event) {
    const EventKey set_key = set_.next_key();
    if (is_before(*best_, set_key)) {
      if (best_->at > ticks_of(limit)) {
        return false;
      }
      event = pop_lane();
      return true;
    }
    if (set_key == kNoEvent || time_of(set_key) > limit) {
      return false;
    }
    event = set_.pop();
    return true;
  }

  /// Shows some of the events that will be popped after the next one: to `look(stage, event)`, from
  /// stage 0 for one that is far to the last stage for one that is next, each a
  /// std::integral_constant. An event passes most stages, in their order, on its way to the front
  /// of its lane or of the set; now and then an event is shown that has happened already.
  template <std::size_t kStages, class Look>
  [[gnu::noinline]] void look_ahead(Look&& look) {
    [&]<std::size_t... kStage>(std::index_sequence<kStage...>) __attribute__((always_inline)) {
      if (is_before(*best_, set_.next_key())) {
        const Ring& ring = *best_->ring;
        (look(std::integral_constant<std::size_t, kStage>{},
              ring.events[(ring.head + kStages - kStage) & ring.mask]),
         ...);
      } else if constexpr (requires { set_.upcoming(0); }) {
        (look(std::integral_constant<std::size_t, kStage>{}, set_.upcoming(kStages - kStage)), ...);
      }
    }
    (std::make_index_sequence<kStages>{});
  }

  /// Time of the earliest event, `kNever` if there is none.
  [[nodiscard]] Instant next_at() {
    const EventKey set_key = set_.next_key();
    const bool is_lane = is_before(*best_, set_key);
    if (!is_lane && set_key == kNoEvent) {
      return kNever;
    }
    return is_lane ? proxy::instant_at(static_cast<std::int64_t>(best_->at)) : time_of(set_key);
  }

  [[nodiscard]] std::size_t size() const {
    std::size_t size = set_.size();
    for (std::size_t i = 0; i < lane_count_; ++i) {
      size += rings_[i].size();
    }
    return size;
  }

 private:
  /// Events in one power-of-two array that doubles when full.
  struct alignas(64) Ring {
    Event* events = nullptr;  ///< memory.data()
    std::uint64_t head = 0;   ///< Both count on for ever; the mask turns them into positions.
    std::uint64_t tail = 0;
    std::uint64_t mask = 0;
    std::vector<Event> memory;

    [[nodiscard]] std::size_t size() const { return tail - head; }
    [[nodiscard]] bool empty() const { return tail == head; }
    [[gnu::noinline]] void grow() {
      std::vector<Event> larger(memory.empty() ? 8 : memory.size() * 2);
      const std::size_t count = size();
      for (std::size_t i = 0; i < count; ++i) {
        larger[i] = events[(head + i) & mask];
      }
      memory = std::move(larger);
      events = memory.data();
      head = 0;
      tail = count;
      mask = memory.size() - 1;
    }
  };
  /// A lane that holds something, with time and number of its earliest event.
  struct Head {
    std::uint64_t at = kNoTime;
    std::uint64_t seq = kNoTime;
    Ring* ring = nullptr;
  };
  /// Later than every time.
  static constexpr std::uint64_t kNoTime = ~std::uint64_t{0};

  static std::uint64_t ticks_of(Instant at) {
    return static_cast<std::uint64_t>(proxy::nanoseconds_of(at));
  }
  /// Equal times are rare, so that one comparison nearly always does.
  static bool is_before(const Head& head, EventKey key) {
    const auto at = static_cast<std::uint64_t>(key >> 64);
    return head.at < at || (head.at == at && head.seq < static_cast<std::uint64_t>(key));
  }

  [[gnu::always_inline]] Event pop_lane() {
    Head& head = *best_;
    Ring& ring = *head.ring;
    const Event first = ring.events[ring.head++ & ring.mask];
    if (ring.empty()) [[unlikely]] {
      head = *--end_;
      *end_ = Head{};
    } else {
      const Event& next = ring.events[ring.head & ring.mask];
      head.at = ticks_of(next.at);
      head.seq = next.seq;
    }
    find_best();
    return first;
  }
  void find_best() {
    Head* best = heads_.data();
    std::uint64_t best_at = best->at;
    for (Head* head = best + 1; head < end_; ++head) {
      const std::uint64_t at = head->at;
      if (at == best_at && head->seq < best->seq) [[unlikely]] {
        best = head;
      }
      best = at < best_at ? head : best;
      best_at = at < best_at ? at : best_at;
    }
    best_ = best;
  }
  [[gnu::noinline]] void begin(Ring& ring, Instant at, std::uint64_t seq) {
    *end_++ = {ticks_of(at), seq, &ring};
    find_best();
  }

  Set set_;
  std::size_t lane_count_ = 0;
  std::array<Head, kMaxLanes> heads_{};  ///< Those in use come first, in no particular order.
  Head* end_ = heads_.data();            ///< Behind them.
  Head* best_ = heads_.data();           ///< Its time is kNoTime when all are idle.
  std::array<Ring, kMaxLanes> rings_;
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
  void push_lane(std::size_t, Instant at, std::uint64_t seq, EventBody body) {
    set_.push(event_of(at, seq, body));
  }

  bool pop_until(Instant limit, Event& event) {
    const EventKey key = set_.next_key();
    if (key == kNoEvent || time_of(key) > limit) {
      return false;
    }
    event = set_.pop();
    return true;
  }

  /// Foresees nothing.
  template <std::size_t kStages, class Look>
  void look_ahead(Look&&) const {}

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
