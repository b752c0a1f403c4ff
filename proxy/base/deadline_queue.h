#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "proxy/base/assert.h"
#include "proxy/base/slot_map.h"
#include "proxy/base/time.h"

namespace shaketable::proxy {

/// Names an armed timer; stale once it has fired or was cancelled.
using TimerHandle = SlotHandle<struct TimerTag>;

/// The timers of one state machine, most of which are cancelled before they fire (timeouts).
///
/// Timers of equal duration expire in the order in which they were armed, so each distinct duration
/// has a linked list that is sorted by construction: arming and cancelling are O(1), 2 to 3 ns.
/// There are at most 16 such lists; further durations, and those armed as irregular (jittered
/// back-off, absolute times), go to a small heap, where cancelling leaves an entry behind.
///
/// `now` must not go backwards from call to call. No allocation once the greatest number of timers
/// has been reached. Not thread-safe.
class DeadlineQueue {
 public:
  DeadlineQueue();

  /// Arms a timer that is due at `now + duration` (never, if that is `kNever`). For durations that
  /// come from a configuration: few distinct ones.
  TimerHandle arm(Instant now, Duration duration, std::uint64_t payload) {
    const std::uint32_t lane = lane_of(duration);
    if (lane == kNone) [[unlikely]] {
      return arm_irregular(after(now, duration), payload);
    }
    const std::uint32_t index = take_node();
    Node* const nodes = nodes_.data();
    Node& node = nodes[index];
    const std::uint32_t last = nodes[lane].previous;
    const Instant deadline = after(now, duration);
    ASSERT(nodes[last].deadline <= deadline);
    node.next = lane;
    node.previous = last;
    nodes[last].next = index;
    nodes[lane].previous = index;
    return start(node, index, deadline, payload);
  }

  /// Arms a timer for a deadline that has no list of its own.
  TimerHandle arm_irregular(Instant deadline, std::uint64_t payload);

  /// Disarms the timer. False, and nothing happens, if it has fired or was cancelled before. Cheap
  /// for a handle that was never armed.
  bool cancel(TimerHandle handle) {
    if (!handle.is_valid() || !is_armed(handle)) {
      return false;
    }
    // Its entry in the heap, if it has one, is recognised by the sequence number that is gone.
    unlink(nodes_[handle.slot]);
    free_node(handle.slot);
    return true;
  }

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
    return handle.slot < nodes_.size() &&
           static_cast<std::uint32_t>(nodes_[handle.slot].sequence) == handle.generation;
  }
  /// Timers that are armed.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint32_t kMaxLanes = 16;
  /// The first nodes are ends of rings: one for each lane, and one for what is in the heap.
  static constexpr std::uint32_t kHeapRing = kMaxLanes;
  static constexpr unsigned kCacheBits = 6;

  /// 32 bytes, two in a cache line. `next` and `previous` close a ring through the lane's own node,
  /// so that linking and unlinking need no case distinctions.
  struct Node {
    Instant deadline = Instant::min();
    std::uint64_t sequence = 0;  ///< Order of arming, odd; 0 while not armed.
    std::uint64_t payload = 0;
    std::uint32_t next = kNone;  ///< In its ring, or in the free list.
    std::uint32_t previous = kNone;
  };
  static_assert(sizeof(Node) == 32);
  struct HeapEntry {
    Instant deadline;
    std::uint64_t sequence = 0;
    std::uint32_t node = kNone;
  };

  std::uint32_t take_node() {
    const std::uint32_t index = free_head_;
    if (index == kNone) [[unlikely]] {
      return add_node();
    }
    free_head_ = nodes_[index].next;
    return index;
  }
  TimerHandle start(Node& node, std::uint32_t index, Instant deadline, std::uint64_t payload) {
    node.deadline = deadline;
    node.payload = payload;
    node.sequence = sequence_;
    sequence_ += 2;
    ++size_;
    next_ = std::min(next_, deadline);
    return {index, static_cast<std::uint32_t>(node.sequence)};
  }
  void unlink(const Node& node) {
    nodes_[node.previous].next = node.next;
    nodes_[node.next].previous = node.previous;
  }
  void free_node(std::uint32_t index) {
    nodes_[index].sequence = 0;
    nodes_[index].next = free_head_;
    free_head_ = index;
    --size_;
  }
  /// The lane of a duration, kNone if there is none for it.
  std::uint32_t lane_of(Duration duration) {
    const auto bits = static_cast<std::uint64_t>(duration.count());
    const std::uint32_t lane = cache_[(bits * 0x9e3779b97f4a7c15U) >> (64 - kCacheBits)];
    return durations_[lane] == duration ? lane : find_lane(duration);
  }

  std::uint32_t add_node();
  std::uint32_t find_lane(Duration duration);
  void pop_heap();
  void drop_cancelled();
  [[nodiscard]] std::uint32_t earliest() const;
  [[nodiscard]] bool is_idle(std::uint32_t lane) const { return nodes_[lane].next == lane; }
  [[nodiscard]] static bool is_later(const HeapEntry& a, const HeapEntry& b) {
    return a.deadline != b.deadline ? a.deadline > b.deadline : a.sequence > b.sequence;
  }
  std::optional<std::uint64_t> pop_due_slowly(Instant now);

  std::vector<Node> nodes_;
  Instant next_ = kNever;
  std::uint64_t sequence_ = 1;
  std::size_t size_ = 0;
  std::uint32_t free_head_ = kNone;
  std::uint32_t lane_count_ = 0;
  std::array<std::uint8_t, 1U << kCacheBits> cache_{};  ///< Lane by hash of its duration, a guess.
  std::array<Duration, kMaxLanes> durations_{};         ///< By lane.
  std::vector<HeapEntry> heap_;
};

}  // namespace shaketable::proxy
