#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/kernel/event.h"
#include "engine/kernel/event_set.h"
#include "engine/kernel/near_list.h"

namespace shaketable::engine {

/// A radix heap whose first few dozen events are kept in a sorted list.
///
/// Events before `near_end_` are in the list. A later one is in the bucket that the highest bit in
/// which its time differs from `base_` names, unsorted. When the list runs low, the lowest bucket
/// is spread over the buckets below it until its first part is small enough for the list:
///
///     near list | bucket 1 | bucket 2 |   bucket 3   |        bucket 4        | ...
///     <- sorted | unsorted, each as wide as all before it ->
///
/// An event moves to a lower bucket each time, so it moves at most 63 times and in practice about
/// log2(pending / 32) times; unlike a heap's, these moves are sequential. The cost stays nearly
/// flat from hundreds to millions of pending events. With fewer, the buckets stay empty and this is
/// the list. A list that grows too long, because the span before `near_end_` turned out to be long,
/// is spilled into the buckets.
///
/// Buckets are lists of chunks from one pool, so that memory follows the greatest number of
/// pending events and not the fullest moment of each bucket.
class RadixSet {
 public:
  void push(Event event) {
    if (event.at >= near_end_) {
      if (far_size_ > 0) {
        push_far(event);
        return;
      }
      near_end_ = event.at + Duration(1);
    }
    near_.push(event);
    if (near_.size() > near_limit_) [[unlikely]] {
      spill();
    }
  }

  /// The list is never empty while a bucket is not.
  [[nodiscard]] EventKey next_key() const { return near_.next_key(); }

  Event pop() {
    const Event first = near_.pop();
    if (near_.size() < kNearLow && far_size_ > 0) [[unlikely]] {
      refill();
    }
    return first;
  }

  /// See NearList; what is not in the list yet is not foreseen.
  [[nodiscard]] const Event& upcoming(std::size_t others) const { return near_.upcoming(others); }

  [[nodiscard]] std::size_t size() const { return near_.size() + far_size_; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint32_t kChunkEvents = 15;
  /// The list is filled up to this many events, and may grow to so many; its cost grows with it.
  static constexpr std::size_t kNearTarget = 32;
  /// It is filled again before it is empty, so that the next few events can be foreseen.
  static constexpr std::size_t kNearLow = 8;
  static constexpr std::size_t kNearLimit = 64;

  struct Chunk {
    std::array<Event, kChunkEvents> events;
    std::uint32_t next = kNone;
  };
  struct Bucket {
    std::uint32_t head = kNone;  ///< Newest chunk; only this one may be partly filled.
    std::uint32_t in_head = 0;   ///< Events in the newest chunk.
    std::size_t count = 0;
  };

  static std::uint64_t bits_of(Instant at) {
    return static_cast<std::uint64_t>(proxy::nanoseconds_of(at));
  }

  void push_far(Event event) {
    const auto index = static_cast<std::size_t>(std::bit_width(bits_of(event.at) ^ base_));
    Bucket& bucket = buckets_[index];
    if (bucket.head == kNone || bucket.in_head == kChunkEvents) {
      const std::uint32_t chunk = new_chunk();
      chunks_[chunk].next = bucket.head;
      bucket.head = chunk;
      bucket.in_head = 0;
    }
    chunks_[bucket.head].events[bucket.in_head++] = event;
    ++bucket.count;
    ++far_size_;
    occupied_ |= std::uint64_t{1} << index;
  }

  std::uint32_t new_chunk() {
    if (free_chunk_ == kNone) {
      chunks_.emplace_back();
      return static_cast<std::uint32_t>(chunks_.size() - 1);
    }
    const std::uint32_t chunk = free_chunk_;
    free_chunk_ = chunks_[chunk].next;
    return chunk;
  }

  /// Empties a bucket, handing a copy of each event to `visit`.
  template <class Visit>
  void drain(std::size_t index, Visit&& visit) {
    std::uint32_t chunk = buckets_[index].head;
    std::uint32_t count = buckets_[index].in_head;
    far_size_ -= buckets_[index].count;
    buckets_[index] = Bucket{};
    occupied_ &= ~(std::uint64_t{1} << index);
    while (chunk != kNone) {
      for (std::uint32_t i = 0; i < count; ++i) {
        // By index and by value: the visitor may take a chunk and so move the pool.
        const Event event = chunks_[chunk].events[i];
        visit(event);
      }
      const std::uint32_t next = chunks_[chunk].next;
      chunks_[chunk].next = free_chunk_;
      free_chunk_ = chunk;
      chunk = next;
      count = kChunkEvents;
    }
  }

  [[nodiscard]] std::uint64_t earliest_in(std::size_t index) const {
    std::uint64_t earliest = ~std::uint64_t{0};
    std::uint32_t count = buckets_[index].in_head;
    for (std::uint32_t c = buckets_[index].head; c != kNone; c = chunks_[c].next) {
      for (std::uint32_t i = 0; i < count; ++i) {
        earliest = std::min(earliest, bits_of(chunks_[c].events[i].at));
      }
      count = kChunkEvents;
    }
    return earliest;
  }

  /// Moves the earliest of the later events behind those in the list; some bucket must be occupied.
  [[gnu::noinline]] void refill() {
    auto lowest = static_cast<std::size_t>(std::countr_zero(occupied_));
    // Bucket 0 holds events of one single time, which nothing can split.
    while (lowest > 0 && buckets_[lowest].count > kNearTarget) {
      base_ = earliest_in(lowest);
      drain(lowest, [this](const Event& event) { push_far(event); });
      lowest = static_cast<std::size_t>(std::countr_zero(occupied_));
    }
    do {
      take(lowest);
      lowest = static_cast<std::size_t>(std::countr_zero(occupied_));
    } while (occupied_ != 0 && near_.size() + buckets_[lowest].count <= kNearTarget);
  }

  /// Moves one bucket, the lowest, into the list.
  void take(std::size_t index) {
    if (index > 0) {
      // Any time of the bucket's own span is a valid base for all the higher buckets.
      const std::uint64_t low_bits = (std::uint64_t{1} << index) - 1;
      base_ = (base_ & ~low_bits) | (std::uint64_t{1} << (index - 1));
    }
    Instant latest{};
    drain(index, [&](const Event& event) {
      latest = std::max(latest, event.at);
      near_.append_unsorted(event);
    });
    near_.sort();
    near_end_ = latest + Duration(1);
  }

  /// Moves the overgrown list into the buckets and takes back what is really near.
  [[gnu::noinline]] void spill() {
    const std::uint64_t earliest = static_cast<std::uint64_t>(near_.next_key() >> 64);
    // Only buckets up to this one look different from the earlier base.
    const auto highest = static_cast<std::size_t>(std::bit_width(earliest ^ base_));
    base_ = earliest;
    for (std::size_t i = 0; i <= highest; ++i) {
      if ((occupied_ >> i & 1U) != 0) {
        drain(i, [this](const Event& event) { push_far(event); });
      }
    }
    near_.drain([this](const Event& event) { push_far(event); });
    refill();
    near_limit_ = std::max(kNearLimit, 2 * near_.size());
  }

  NearList near_;
  std::array<Bucket, 64> buckets_{};
  std::vector<Chunk> chunks_;
  std::uint64_t occupied_ = 0;  ///< Bit i: bucket i is not empty.
  std::uint64_t base_ = 0;      ///< Not later than any event in a bucket.
  Instant near_end_{};          ///< Events before this are in the list, all others in buckets.
  std::size_t far_size_ = 0;
  std::size_t near_limit_ = kNearLimit;
  std::uint32_t free_chunk_ = kNone;
};

static_assert(EventSet<RadixSet>);

}  // namespace shaketable::engine
