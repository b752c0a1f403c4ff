#include "proxy/base/deadline_queue.h"

namespace shaketable::proxy {

DeadlineQueue::DeadlineQueue() {
  // No duration is that short: a lane without a duration is never found.
  durations_.fill(Duration::min());
  nodes_.resize(kMaxLanes + 1);
  for (std::uint32_t ring = 0; ring <= kMaxLanes; ++ring) {
    nodes_[ring].next = nodes_[ring].previous = ring;
  }
}

TimerHandle DeadlineQueue::arm_irregular(Instant deadline, std::uint64_t payload) {
  const std::uint32_t index = take_node();
  Node& node = nodes_[index];
  // Not really linked: unlinking it writes the end of this ring onto itself.
  node.next = node.previous = kHeapRing;
  const TimerHandle handle = start(node, index, deadline, payload);
  heap_.push_back({deadline, node.sequence, index});
  std::push_heap(heap_.begin(), heap_.end(), is_later);
  return handle;
}

std::optional<std::uint64_t> DeadlineQueue::pop_due_slowly(Instant now) {
  drop_cancelled();
  const std::uint32_t index = earliest();
  if (index == kNone || nodes_[index].deadline > now) {
    next_ = index == kNone ? kNever : nodes_[index].deadline;
    return std::nullopt;
  }
  // A deadline of kNever is no deadline, not even at the end of time.
  if (nodes_[index].deadline == kNever) {
    return std::nullopt;
  }
  const std::uint64_t payload = nodes_[index].payload;
  if (!heap_.empty() && heap_.front().node == index) {
    pop_heap();
  }
  unlink(nodes_[index]);
  free_node(index);
  return payload;
}

std::uint32_t DeadlineQueue::add_node() {
  nodes_.emplace_back();
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t DeadlineQueue::find_lane(Duration duration) {
  const auto* const begin = durations_.data();
  const auto* const end = begin + lane_count_;
  auto lane = static_cast<std::uint32_t>(std::find(begin, end, duration) - begin);
  if (lane == lane_count_ && lane_count_ < kMaxLanes) {
    ++lane_count_;
  } else if (lane == lane_count_) {
    // All are taken: one that nobody uses at the moment serves the new duration.
    for (lane = 0; lane < kMaxLanes && !is_idle(lane);) {
      ++lane;
    }
    if (lane == kMaxLanes) {
      return kNone;
    }
  }
  durations_[lane] = duration;
  const auto bits = static_cast<std::uint64_t>(duration.count());
  cache_[(bits * 0x9e3779b97f4a7c15U) >> (64 - kCacheBits)] = static_cast<std::uint8_t>(lane);
  return lane;
}

void DeadlineQueue::pop_heap() {
  std::pop_heap(heap_.begin(), heap_.end(), is_later);
  heap_.pop_back();
}

void DeadlineQueue::drop_cancelled() {
  while (!heap_.empty() && nodes_[heap_.front().node].sequence != heap_.front().sequence) {
    pop_heap();
  }
}

std::uint32_t DeadlineQueue::earliest() const {
  std::uint32_t best = heap_.empty() ? kNone : heap_.front().node;
  for (std::uint32_t lane = 0; lane < lane_count_; ++lane) {
    if (is_idle(lane)) {
      continue;
    }
    const std::uint32_t head = nodes_[lane].next;
    const Node& node = nodes_[head];
    if (best == kNone || node.deadline < nodes_[best].deadline ||
        (node.deadline == nodes_[best].deadline && node.sequence < nodes_[best].sequence)) {
      best = head;
    }
  }
  return best;
}

}  // namespace shaketable::proxy
