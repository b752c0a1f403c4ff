#pragma once

#include <algorithm>
#include <array>
#include <bit>
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
/// has a lane that is sorted by construction: arming appends to it. A lane is a list of blocks of
/// 64 timers. Cancelling clears one bit of the block, which is in use again once all its bits are
/// clear; timers that are armed together are mostly cancelled together, so that neither touches
/// memory that is not warm. Both cost 2 ns.
///
/// There are at most 16 lanes; further durations, and those armed as irregular (jittered back-off,
/// absolute times), go to a small heap, where cancelling leaves an entry behind.
///
/// `now` must not go backwards from call to call. No allocation once the greatest number of blocks
/// has been reached. Not thread-safe.
class DeadlineQueue {
 public:
  DeadlineQueue();

  /// Arms a timer that is due at `now + duration` (never, if that is `kNever`). For durations that
  /// come from a configuration: few distinct ones.
  TimerHandle arm(Instant now, Duration duration, std::uint64_t payload) {
    const std::uint32_t number = lane_of(duration);
    const Instant deadline = after(now, duration);
    if (number == kNone) [[unlikely]] {
      return arm_irregular(deadline, payload);
    }
    Lane& lane = lanes_[number];
    ASSERT(lane.last <= deadline);
    lane.last = deadline;
    return append(number, deadline, payload);
  }

  /// Arms a timer for a deadline that has no lane of its own.
  TimerHandle arm_irregular(Instant deadline, std::uint64_t payload);

  /// Disarms the timer. False, and nothing happens, if it has fired or was cancelled before. Cheap
  /// for a handle that was never armed.
  bool cancel(TimerHandle handle) {
    if (!is_armed(handle)) {
      return false;
    }
    // Its entry in the heap, if it has one, is recognised by the handle that is stale.
    release(handle.slot);
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
    const std::uint32_t number = handle.slot / kBlockSize;
    if (number >= block_count_) {  // also an invalid handle
      return false;
    }
    const Block& block = blocks_[number];
    return block.generation == handle.generation && (block.live & bit_of(handle.slot)) != 0;
  }
  /// Timers that are armed.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint32_t kMaxLanes = 16;
  /// What is in the heap has its places in a lane without order.
  static constexpr std::uint32_t kHeapLane = kMaxLanes;
  static constexpr std::uint32_t kBlockSize = 64;
  static constexpr unsigned kCacheBits = 6;

  struct Timer {
    Instant deadline{};
    std::uint64_t sequence = 0;  ///< Order of arming.
    std::uint64_t payload = 0;
  };
  /// 64 places for timers, filled from the first to the last and then left to drain.
  struct Block {
    std::uint64_t live = 0;  ///< One bit for each armed timer.
    std::uint32_t generation = 0;
    std::uint32_t lane = 0;
    std::uint32_t next = kNone;  ///< In its lane, or in the list of free blocks.
    std::uint32_t previous = kNone;
  };
  struct Lane {
    Duration duration = Duration::min();  ///< Nobody asks for one that is so short.
    Instant last = Instant::min();        ///< Deadline of the timer armed last.
    std::uint32_t fill = 0;               ///< Next place, in the last block ...
    std::uint32_t end = 0;                ///< ... if there is one left.
    std::uint32_t first_block = kNone;
    std::uint32_t last_block = kNone;
  };
  struct HeapEntry {
    Instant deadline;
    std::uint64_t sequence = 0;
    TimerHandle handle;
  };

  [[nodiscard]] static std::uint64_t bit_of(std::uint32_t place) {
    return std::uint64_t{1} << place % kBlockSize;
  }
  TimerHandle append(std::uint32_t number, Instant deadline, std::uint64_t payload) {
    Lane& lane = lanes_[number];
    if (lane.fill == lane.end) [[unlikely]] {
      add_block(number);
    }
    const std::uint32_t place = lane.fill++;
    timers_[place] = {deadline, sequence_++, payload};
    Block& block = blocks_[place / kBlockSize];
    block.live |= bit_of(place);
    ++size_;
    next_ = std::min(next_, deadline);
    return {place, block.generation};
  }
  /// Frees the place of an armed timer.
  void release(std::uint32_t place) {
    Block& block = blocks_[place / kBlockSize];
    block.live &= ~bit_of(place);
    --size_;
    if (block.live == 0) {
      recycle(place / kBlockSize);
    }
  }
  /// Nothing is left in the block: it starts anew.
  void recycle(std::uint32_t number) {
    Block& block = blocks_[number];
    Lane& lane = lanes_[block.lane];
    ++block.generation;
    if (lane.last_block == number) {
      lane.fill = number * kBlockSize;
      lane.end = lane.fill + kBlockSize;
    } else {
      free_block(number);
    }
  }
  /// The lane of a duration, kNone if there is none for it.
  std::uint32_t lane_of(Duration duration) {
    const auto bits = static_cast<std::uint64_t>(duration.count());
    const std::uint32_t lane = cache_[(bits * 0x9e3779b97f4a7c15U) >> (64 - kCacheBits)];
    return lanes_[lane].duration == duration ? lane : find_lane(duration);
  }

  [[gnu::noinline]] void add_block(std::uint32_t lane);
  [[gnu::noinline]] void free_block(std::uint32_t block);
  [[gnu::noinline]] std::uint32_t find_lane(Duration duration);
  void pop_heap();
  void drop_cancelled();
  [[nodiscard]] std::uint32_t earliest() const;
  [[nodiscard]] bool is_idle(const Lane& lane) const {
    return lane.first_block == kNone || blocks_[lane.first_block].live == 0;
  }
  [[nodiscard]] static bool is_later(const HeapEntry& a, const HeapEntry& b) {
    return a.deadline != b.deadline ? a.deadline > b.deadline : a.sequence > b.sequence;
  }
  std::optional<std::uint64_t> pop_due_slowly(Instant now);

  std::vector<Timer> timers_;  ///< By place: 64 for each block.
  std::vector<Block> blocks_;
  std::uint32_t block_count_ = 0;
  std::uint32_t free_blocks_ = kNone;
  Instant next_ = kNever;
  std::uint64_t sequence_ = 0;
  std::size_t size_ = 0;
  std::uint32_t lane_count_ = 0;
  std::array<std::uint8_t, 1U << kCacheBits> cache_{};  ///< Lane by hash of its duration, a guess.
  std::array<Lane, kMaxLanes + 1> lanes_{};
  std::vector<HeapEntry> heap_;
};

}  // namespace shaketable::proxy
