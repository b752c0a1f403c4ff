#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/base/prefetch.h"

namespace shaketable::engine {

/// Elements that never move, found by id in O(1), with a free list (last freed, first used: its
/// memory is still warm). `T` has a member `std::uint64_t id`, which the slab alone writes: the
/// slot in the low half, a generation in the high half, odd while the element is in use. An id of
/// an erased element finds nothing, even after its slot is used again; 0 never finds anything.
///
/// An element keeps its values over `erase` and `emplace`: the caller resets what it needs. No
/// allocation once the greatest number of elements was reached.
template <class T>
class Slab {
 public:
  Slab() { add_chunk(); }

  /// Takes a free slot.
  T& emplace() {
    ++size_;
    if (free_head_ == kNone) [[unlikely]] {
      return grow();
    }
    T& element = at_slot(free_head_);
    const std::uint64_t generation = (element.id >> 32) + 1;
    const std::uint32_t slot = free_head_;
    free_head_ = static_cast<std::uint32_t>(element.id);
    element.id = generation << 32 | slot;
    return element;
  }

  /// Frees an element that is in use.
  void erase(T& element) {
    const auto slot = static_cast<std::uint32_t>(element.id);
    // A free element's id names the next free slot: with its even generation it fits no handle.
    element.id = ((element.id >> 32) + 1) << 32 | free_head_;
    free_head_ = slot;
    --size_;
  }

  /// The element, nullptr if it was erased. `id` is 0 or was once given by this slab.
  [[nodiscard, gnu::always_inline]] T* find(std::uint64_t id) {
    T& element = at_slot(static_cast<std::uint32_t>(id));
    return element.id == id ? &element : nullptr;
  }

  /// Asks for the first cache line of such an element.
  [[gnu::always_inline]] void prefetch(std::uint32_t slot) { proxy::prefetch(&at_slot(slot)); }
  /// The element of a slot below `slot_count()` (or 0), in use or not.
  [[nodiscard, gnu::always_inline]] T& at_slot(std::uint32_t slot) {
    return chunks_[slot / kChunk][slot % kChunk];
  }
  [[nodiscard]] static bool is_used(const T& element) { return (element.id >> 32) % 2 == 1; }

  /// Elements in use.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Slots ever used. Going through them in order is the one deterministic way to see all elements.
  [[nodiscard]] std::uint32_t slot_count() const { return count_; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint32_t kChunk = 128;

  void add_chunk() { chunks_.push_back(std::make_unique<T[]>(kChunk)); }
  [[gnu::noinline]] T& grow() {
    if (count_ == chunks_.size() * kChunk) {
      add_chunk();
    }
    T& element = at_slot(count_);
    element.id = std::uint64_t{1} << 32 | count_;
    ++count_;
    return element;
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::size_t size_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t free_head_ = kNone;
};

}  // namespace shaketable::engine
