#include "proxy/base/deadline_queue.h"

namespace shaketable::proxy {

DeadlineQueue::DeadlineQueue() = default;

TimerHandle DeadlineQueue::arm_irregular(Instant deadline, std::uint64_t payload) {
  const TimerHandle handle = append(kHeapLane, deadline, payload);
  heap_.push_back({deadline, timers_[handle.slot].sequence, handle});
  std::push_heap(heap_.begin(), heap_.end(), is_later);
  return handle;
}

std::optional<std::uint64_t> DeadlineQueue::pop_due_slowly(Instant now) {
  drop_cancelled();
  const std::uint32_t place = earliest();
  if (place == kNone || timers_[place].deadline > now) {
    next_ = place == kNone ? kNever : timers_[place].deadline;
    return std::nullopt;
  }
  // A deadline of kNever is no deadline, not even at the end of time.
  if (timers_[place].deadline == kNever) {
    return std::nullopt;
  }
  const std::uint64_t payload = timers_[place].payload;
  if (!heap_.empty() && heap_.front().handle.slot == place) {
    pop_heap();
  }
  release(place);
  return payload;
}

/// Gives the lane a block to fill, after the one that is full.
void DeadlineQueue::add_block(std::uint32_t number) {
  std::uint32_t added = free_blocks_;
  if (added == kNone) {
    added = block_count_++;
    blocks_.emplace_back();
    timers_.resize(timers_.size() + kBlockSize);
  } else {
    free_blocks_ = blocks_[added].next;
  }
  Lane& lane = lanes_[number];
  Block& block = blocks_[added];
  block.lane = number;
  block.next = kNone;
  block.previous = lane.last_block;
  (lane.last_block == kNone ? lane.first_block : blocks_[lane.last_block].next) = added;
  lane.last_block = added;
  lane.fill = added * kBlockSize;
  lane.end = lane.fill + kBlockSize;
}

/// Takes an empty block, which is not its lane's last, out of its lane.
void DeadlineQueue::free_block(std::uint32_t number) {
  Block& block = blocks_[number];
  (block.previous == kNone ? lanes_[block.lane].first_block : blocks_[block.previous].next) =
      block.next;
  blocks_[block.next].previous = block.previous;
  block.next = free_blocks_;
  free_blocks_ = number;
}

std::uint32_t DeadlineQueue::find_lane(Duration duration) {
  const auto* const begin = lanes_.data();
  const auto* const end = begin + lane_count_;
  const auto found =
      std::find_if(begin, end, [duration](const Lane& lane) { return lane.duration == duration; });
  auto number = static_cast<std::uint32_t>(found - begin);
  if (number == lane_count_ && lane_count_ < kMaxLanes) {
    ++lane_count_;
  } else if (number == lane_count_) {
    // All are taken: one that nobody uses at the moment serves the new duration.
    for (number = 0; number < kMaxLanes && !is_idle(lanes_[number]);) {
      ++number;
    }
    if (number == kMaxLanes) {
      return kNone;
    }
  }
  if (lanes_[number].duration != duration) {
    lanes_[number].duration = duration;
    lanes_[number].last = Instant::min();
  }
  const auto bits = static_cast<std::uint64_t>(duration.count());
  cache_[(bits * 0x9e3779b97f4a7c15U) >> (64 - kCacheBits)] = static_cast<std::uint8_t>(number);
  return number;
}

void DeadlineQueue::pop_heap() {
  std::pop_heap(heap_.begin(), heap_.end(), is_later);
  heap_.pop_back();
}

void DeadlineQueue::drop_cancelled() {
  while (!heap_.empty() && !is_armed(heap_.front().handle)) {
    pop_heap();
  }
}

/// The place of the earliest timer, kNone if there is none.
std::uint32_t DeadlineQueue::earliest() const {
  std::uint32_t best = heap_.empty() ? kNone : heap_.front().handle.slot;
  for (std::uint32_t number = 0; number < lane_count_; ++number) {
    const Lane& lane = lanes_[number];
    if (is_idle(lane)) {
      continue;
    }
    const std::uint64_t live = blocks_[lane.first_block].live;
    const std::uint32_t head =
        lane.first_block * kBlockSize + static_cast<std::uint32_t>(std::countr_zero(live));
    const Timer& timer = timers_[head];
    if (best == kNone || timer.deadline < timers_[best].deadline ||
        (timer.deadline == timers_[best].deadline && timer.sequence < timers_[best].sequence)) {
      best = head;
    }
  }
  return best;
}

}  // namespace shaketable::proxy
