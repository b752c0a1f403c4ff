#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "proxy/base/slot_map.h"
#include "proxy/base/time.h"

namespace shaketable::proxy {

/// Names an armed timer; stale once it has fired or was cancelled.
using TimerHandle = SlotHandle<struct TimerTag>;

/// The timers of one state machine, most of which are cancelled before they fire (timeouts).
///
/// Timers of equal duration expire in the order in which they were armed, so each distinct duration
/// has a linked list that is sorted by construction: arming and cancelling are O(1), 3 to 4 ns.
/// There are at most 16 such lists; further durations, and those armed as irregular (jittered
/// back-off, absolute times), go to a small heap, where cancelling leaves a tombstone behind.
///
/// `now` must not go backwards from call to call. No allocation once the greatest number of timers
/// has been reached. Not thread-safe.
class DeadlineQueue {
 public:
  /// Arms a timer that is due at `now + duration` (never, if that is `kNever`). For durations that
  /// come from a configuration: few distinct ones.
  TimerHandle arm(Instant now, Duration duration, std::uint64_t payload);

  /// Arms a timer for a deadline that has no list of its own.
  TimerHandle arm_irregular(Instant deadline, std::uint64_t payload);

  /// Disarms the timer. False, and nothing happens, if it has fired or was cancelled before.
  bool cancel(TimerHandle handle) { return is_armed(handle) && cancel_armed(handle.slot); }

  /// A lower bound of the earliest deadline, `kNever` if nothing was armed since the last expiry.
  /// Arming lowers it, cancelling does not raise it: a wake-up at this time may find nothing due,
  /// which costs less than keeping the bound exact. Later than `now` once `pop_due(now)` has
  /// returned nothing.
  [[nodiscard]] Instant next() const { return next_; }

  /// Removes the earliest timer that is due (deadline <= now) and returns its payload; nothing if
  /// none is due. In the order of (deadline, arming). Call it until it returns nothing.
  std::optional<std::uint64_t> pop_due(Instant now) {
    return now < next_ ? std::nullopt : pop_due_slowly(now);
  }

  [[nodiscard]] bool is_armed(TimerHandle handle) const {
    return handle.slot < node_count_ && nodes_[handle.slot].generation == handle.generation;
  }
  /// Timers that are armed.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::size_t kMaxLanes = 16;
  static constexpr std::uint32_t kInHeap = kMaxLanes;         // instead of a lane's number
  static constexpr std::uint32_t kTombstone = kMaxLanes + 1;  // cancelled, still in the heap

  struct Node {
    Instant deadline;
    std::uint64_t sequence = 0;  ///< Order of arming.
    std::uint64_t payload = 0;
    std::uint32_t next = kNone;  ///< In its lane, or in the free list.
    std::uint32_t previous = kNone;
    std::uint32_t generation = 0;  ///< Odd while armed.
    std::uint32_t lane = 0;
  };
  struct Lane {
    Duration duration{};
    std::uint32_t head = kNone;
    std::uint32_t tail = kNone;
  };
  struct HeapEntry {
    Instant deadline;
    std::uint64_t sequence = 0;
    std::uint32_t node = kNone;
  };

  std::uint32_t new_node(Instant deadline, std::uint64_t payload) {
    if (free_head_ == kNone) [[unlikely]] {
      grow();
    }
    const std::uint32_t index = free_head_;
    Node& node = nodes_[index];
    free_head_ = node.next;
    node.deadline = deadline;
    node.payload = payload;
    node.sequence = sequence_++;
    ++node.generation;
    ++size_;
    next_ = deadline < next_ ? deadline : next_;
    return index;
  }
  [[gnu::noinline]] void grow();  // or its registers would burden `arm`
  void free_node(std::uint32_t index);
  bool cancel_armed(std::uint32_t index);
  std::uint32_t lane_for(Duration duration) {
    const std::uint32_t lane = hints_[hint_of(duration)];
    return lane < lanes_.size() && lanes_[lane].duration == duration ? lane : find_lane(duration);
  }
  [[gnu::noinline]] std::uint32_t find_lane(Duration duration);
  [[nodiscard]] static std::size_t hint_of(Duration duration) {
    return static_cast<std::uint64_t>(duration.count()) * 0x9e3779b97f4a7c15U >> 59;
  }
  void unlink(std::uint32_t index);
  void push_heap(std::uint32_t index);
  void pop_heap();
  void drop_tombstones();
  [[nodiscard]] std::uint32_t earliest() const;
  [[nodiscard]] static bool is_earlier(const HeapEntry& a, const HeapEntry& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence;
  }
  std::optional<std::uint64_t> pop_due_slowly(Instant now);

  std::vector<Node> nodes_;
  std::vector<Lane> lanes_;
  std::vector<HeapEntry> heap_;
  Instant next_ = kNever;
  std::uint64_t sequence_ = 0;
  std::size_t size_ = 0;
  std::uint32_t free_head_ = kNone;
  std::uint32_t node_count_ = 0;          ///< nodes_.size(), which would cost a division.
  std::array<std::uint8_t, 32> hints_{};  ///< Where a duration's lane was found last, by its hash.
};

}  // namespace shaketable::proxy
