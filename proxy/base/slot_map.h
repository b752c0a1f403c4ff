#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "proxy/base/assert.h"
#include "proxy/base/prefetch.h"

namespace shaketable::proxy {

/// Names one element of a `SlotMap`: the slot and the generation that the element had when it was
/// put there. A handle of an erased element finds nothing, even after the slot is used again.
///
/// 32 + 32 bits: a slot must be reused 2^31 times before an old handle fits again, so that nobody
/// has to think about it; and the packed form is one register.
template <class Tag>
struct SlotHandle {
  static constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

  std::uint32_t slot = kNoSlot;
  std::uint32_t generation = 0;

  [[nodiscard]] constexpr bool is_valid() const { return slot != kNoSlot; }
  /// All 64 bits, to be carried as the payload of a timer or an event.
  [[nodiscard]] constexpr std::uint64_t packed() const {
    return (std::uint64_t{generation} << 32) | slot;
  }
  /// The inverse of `packed()`.
  [[nodiscard]] static constexpr SlotHandle unpack(std::uint64_t bits) {
    return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)};
  }

  friend constexpr bool operator==(SlotHandle, SlotHandle) = default;
};

/// Elements in one array, found by handle in O(1), with a free list (last freed, first used: its
/// memory is still warm). No allocation once the array has reached its greatest size. Elements
/// move when the array grows: keep handles, not pointers.
///
/// An erased element stays constructed until its slot is used again, so that what it owns (a
/// vector's memory) can be recycled: `emplace` hands out the old element, and the caller resets it.
template <class T, class Tag = T>
class SlotMap {
 public:
  using Handle = SlotHandle<Tag>;

  SlotMap() = default;

  void reserve(std::size_t count) { slots_.reserve(count); }

  /// Puts `value` into a free slot.
  Handle insert(T value) {
    const Handle handle = emplace();
    slots_[handle.slot].value = std::move(value);
    return handle;
  }

  /// Takes a slot whose element is whatever was left in it (a `T()` the first time).
  Handle emplace() {
    ++size_;
    if (free_head_ == Handle::kNoSlot) [[unlikely]] {
      grow();
      return {count_ - 1, 1};
    }
    const std::uint32_t slot = free_head_;
    free_head_ = slots_[slot].next_free;
    ++slots_[slot].generation;
    return {slot, slots_[slot].generation};
  }

  /// Frees the element's slot. Returns false, and does nothing, if the handle is stale.
  bool erase(Handle handle) {
    if (!contains(handle)) {
      return false;
    }
    Slot& slot = slots_[handle.slot];
    ++slot.generation;  // even while free: no handle has an even generation
    slot.next_free = free_head_;
    free_head_ = handle.slot;
    --size_;
    return true;
  }

  /// The element, or nullptr if it was erased. Valid until the next insertion.
  [[nodiscard]] T* find(Handle handle) {
    return contains(handle) ? &slots_[handle.slot].value : nullptr;
  }
  [[nodiscard]] const T* find(Handle handle) const {
    return contains(handle) ? &slots_[handle.slot].value : nullptr;
  }
  /// The element, which must exist.
  [[nodiscard]] T& at(Handle handle) {
    ASSERT(contains(handle));
    return slots_[handle.slot].value;
  }
  [[nodiscard]] const T& at(Handle handle) const {
    ASSERT(contains(handle));
    return slots_[handle.slot].value;
  }

  /// The element of a slot that is known to be in use.
  [[nodiscard]] T& operator[](std::uint32_t slot) { return slots_[slot].value; }
  [[nodiscard]] const T& operator[](std::uint32_t slot) const { return slots_[slot].value; }
  /// Frees a slot that is known to be in use.
  void erase_slot(std::uint32_t slot) {
    Slot& freed = slots_[slot];
    ++freed.generation;
    freed.next_free = free_head_;
    free_head_ = slot;
    --size_;
  }
  /// The packed handle of a slot that is known to be in use.
  [[nodiscard]] std::uint64_t packed_of(std::uint32_t slot) const {
    return Handle{slot, slots_[slot].generation}.packed();
  }

  [[nodiscard]] bool contains(Handle handle) const {
    return has_slot(handle.slot) && slots_[handle.slot].generation == handle.generation;
  }
  /// Asks for an element that is needed soon. Any number will do.
  [[gnu::always_inline]] void prefetch(std::uint32_t slot) const {
    constexpr std::size_t kLines = sizeof(Slot) <= kCacheLine ? 1 : 2;
    proxy::prefetch<kLines>(reinterpret_cast<std::uintptr_t>(slots_.data()) +
                            std::uintptr_t{slot} * sizeof(Slot));
  }

  /// Whether the slot was ever used, so that `operator[]` may be asked for what is left in it.
  [[nodiscard]] bool has_slot(std::uint32_t slot) const { return slot < count_; }
  /// Elements in use.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// Slots ever used; slots below this number may be asked for with `handle_at`.
  [[nodiscard]] std::size_t slot_count() const { return count_; }
  /// Handle of the element in that slot, an invalid one if the slot is free. Going through the
  /// slots in order is the one deterministic way to visit all elements.
  [[nodiscard]] Handle handle_at(std::size_t slot) const {
    const std::uint32_t generation = slots_[slot].generation;
    return generation % 2 == 0 ? Handle{} : Handle{static_cast<std::uint32_t>(slot), generation};
  }

 private:
  /// Slots that fill cache lines exactly begin at one.
  static constexpr std::size_t kSlotAlignment =
      (sizeof(T) + 2 * sizeof(std::uint32_t)) % kCacheLine == 0 ? kCacheLine : alignof(T);
  struct alignas(kSlotAlignment) Slot {
    T value{};
    std::uint32_t generation = 1;  // odd: in use
    std::uint32_t next_free = Handle::kNoSlot;
  };

  /// Out of line, or its registers would burden every caller of `emplace`.
  [[gnu::noinline]] void grow() {
    slots_.emplace_back();
    ++count_;
  }

  std::vector<Slot> slots_;
  std::uint32_t count_ = 0;  ///< slots_.size(), which would cost a division to ask for.
  std::uint32_t free_head_ = Handle::kNoSlot;
  std::size_t size_ = 0;
};

}  // namespace shaketable::proxy
