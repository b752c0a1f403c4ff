#include "proxy/base/deadline_queue.h"

#include <algorithm>

#include "proxy/base/assert.h"

namespace shaketable::proxy {

TimerHandle DeadlineQueue::arm(Instant now, Duration duration, std::uint64_t payload) {
  const Instant deadline = after(now, duration);
  const std::uint32_t lane_index = lane_for(duration);
  if (lane_index == kNone) [[unlikely]] {
    return arm_irregular(deadline, payload);
  }
  // The hottest function of a proxy: everything is looked up once.
  const std::uint32_t index = new_node(deadline, payload);
  Node* const nodes = nodes_.data();
  Node& node = nodes[index];
  Lane& lane = lanes_[lane_index];
  node.lane = lane_index;
  node.next = kNone;
  node.previous = lane.tail;
  if (lane.tail == kNone) {
    lane.head = index;
  } else {
    ASSERT(nodes[lane.tail].deadline <= deadline);
    nodes[lane.tail].next = index;
  }
  lane.tail = index;
  return {index, node.generation};
}

TimerHandle DeadlineQueue::arm_irregular(Instant deadline, std::uint64_t payload) {
  const std::uint32_t index = new_node(deadline, payload);
  nodes_[index].lane = kInHeap;
  push_heap(index);
  return {index, nodes_[index].generation};
}

bool DeadlineQueue::cancel_armed(std::uint32_t index) {
  Node& node = nodes_[index];
  if (node.lane == kInHeap) {
    node.lane = kTombstone;
    ++node.generation;
    --size_;
    return true;
  }
  unlink(index);
  free_node(index);
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

/// Adds a free node.
void DeadlineQueue::grow() {
  nodes_.emplace_back();
  free_head_ = node_count_++;
}

void DeadlineQueue::free_node(std::uint32_t index) {
  Node& node = nodes_[index];
  ++node.generation;
  node.next = free_head_;
  free_head_ = index;
  --size_;
}

std::uint32_t DeadlineQueue::find_lane(Duration duration) {
  std::uint8_t& hint = hints_[hint_of(duration)];
  std::uint32_t idle = kNone;
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].duration == duration) {
      return hint = static_cast<std::uint8_t>(i);
    }
    idle = lanes_[i].head == kNone ? i : idle;
  }
  if (lanes_.size() < kMaxLanes) {
    lanes_.push_back({duration, kNone, kNone});
    idle = static_cast<std::uint32_t>(lanes_.size() - 1);
  } else if (idle != kNone) {
    lanes_[idle].duration = duration;
  }
  if (idle != kNone) {
    hint = static_cast<std::uint8_t>(idle);
  }
  return idle;
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
