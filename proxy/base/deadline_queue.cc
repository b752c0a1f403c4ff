#include "proxy/base/deadline_queue.h"

#include <algorithm>

#include "proxy/base/assert.h"

namespace shaketable::proxy {

TimerHandle DeadlineQueue::arm(Instant now, Duration duration, std::uint64_t payload) {
  const Instant deadline = after(now, duration);
  const std::uint32_t lane = lane_for(duration);
  if (lane == kNone) {
    return arm_irregular(deadline, payload);
  }
  const std::uint32_t index = new_node(deadline, payload);
  append(lane, index);
  return handle_of(index);
}

TimerHandle DeadlineQueue::arm_irregular(Instant deadline, std::uint64_t payload) {
  const std::uint32_t index = new_node(deadline, payload);
  nodes_[index].lane = kInHeap;
  push_heap(index);
  return handle_of(index);
}

bool DeadlineQueue::cancel(TimerHandle handle) {
  if (!is_armed(handle)) {
    return false;
  }
  Node& node = nodes_[handle.slot];
  if (node.lane == kInHeap) {
    node.lane = kTombstone;
    ++node.generation;
    --size_;
    return true;
  }
  unlink(handle.slot);
  free_node(handle.slot);
  return true;
}

std::optional<std::uint64_t> DeadlineQueue::pop_due_slowly(Instant now) {
  drop_tombstones();
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
  if (nodes_[index].lane == kInHeap) {
    pop_heap();
  } else {
    unlink(index);
  }
  free_node(index);
  return payload;
}

std::uint32_t DeadlineQueue::new_node(Instant deadline, std::uint64_t payload) {
  std::uint32_t index = free_head_;
  if (index == kNone) {
    index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    free_head_ = nodes_[index].next;
  }
  Node& node = nodes_[index];
  node.deadline = deadline;
  node.payload = payload;
  node.sequence = sequence_++;
  ++node.generation;
  ++size_;
  next_ = std::min(next_, deadline);
  return index;
}

void DeadlineQueue::free_node(std::uint32_t index) {
  Node& node = nodes_[index];
  ++node.generation;
  node.next = free_head_;
  free_head_ = index;
  --size_;
}

std::uint32_t DeadlineQueue::lane_for(Duration duration) {
  if (last_lane_ < lanes_.size() && lanes_[last_lane_].duration == duration) {
    return last_lane_;
  }
  std::uint32_t idle = kNone;
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].duration == duration) {
      return last_lane_ = i;
    }
    idle = lanes_[i].head == kNone ? i : idle;
  }
  if (lanes_.size() < kMaxLanes) {
    lanes_.push_back({duration, kNone, kNone});
    return last_lane_ = static_cast<std::uint32_t>(lanes_.size() - 1);
  }
  if (idle != kNone) {
    lanes_[idle].duration = duration;
    last_lane_ = idle;
  }
  return idle;
}

void DeadlineQueue::append(std::uint32_t lane_index, std::uint32_t index) {
  Lane& lane = lanes_[lane_index];
  Node& node = nodes_[index];
  node.lane = lane_index;
  node.next = kNone;
  node.previous = lane.tail;
  if (lane.tail == kNone) {
    lane.head = index;
  } else {
    ASSERT(nodes_[lane.tail].deadline <= node.deadline);
    nodes_[lane.tail].next = index;
  }
  lane.tail = index;
}

void DeadlineQueue::unlink(std::uint32_t index) {
  const Node& node = nodes_[index];
  Lane& lane = lanes_[node.lane];
  (node.previous == kNone ? lane.head : nodes_[node.previous].next) = node.next;
  (node.next == kNone ? lane.tail : nodes_[node.next].previous) = node.previous;
}

void DeadlineQueue::push_heap(std::uint32_t index) {
  heap_.push_back({nodes_[index].deadline, nodes_[index].sequence, index});
  std::push_heap(heap_.begin(), heap_.end(),
                 [](const HeapEntry& a, const HeapEntry& b) { return is_earlier(b, a); });
}

void DeadlineQueue::pop_heap() {
  std::pop_heap(heap_.begin(), heap_.end(),
                [](const HeapEntry& a, const HeapEntry& b) { return is_earlier(b, a); });
  heap_.pop_back();
}

void DeadlineQueue::drop_tombstones() {
  while (!heap_.empty() && nodes_[heap_.front().node].lane == kTombstone) {
    const std::uint32_t index = heap_.front().node;
    pop_heap();
    nodes_[index].next = free_head_;  // its generation and the size were settled by cancel()
    free_head_ = index;
  }
}

std::uint32_t DeadlineQueue::earliest() const {
  std::uint32_t best = heap_.empty() ? kNone : heap_.front().node;
  for (const Lane& lane : lanes_) {
    if (lane.head == kNone) {
      continue;
    }
    const Node& head = nodes_[lane.head];
    if (best == kNone || head.deadline < nodes_[best].deadline ||
        (head.deadline == nodes_[best].deadline && head.sequence < nodes_[best].sequence)) {
      best = lane.head;
    }
  }
  return best;
}

}  // namespace shaketable::proxy
