#pragma once

#include <bit>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "proxy/base/assert.h"

namespace shaketable::proxy {

/// A queue in one power-of-two array that doubles when full and never shrinks: no allocation once
/// it has reached its greatest length. `T` must be default-constructible; popped elements are kept
/// (and overwritten later), so `T` should own nothing.
template <class T>
class FifoRing {
  static_assert(std::is_trivially_copyable_v<T>, "popped elements are not destroyed");

 public:
  FifoRing() = default;
  /// Room for at least `capacity` elements without an allocation.
  explicit FifoRing(std::size_t capacity) { reserve(capacity); }

  /// Makes room for at least `capacity` elements.
  void reserve(std::size_t capacity) {
    if (capacity > slots_.size()) {
      grow(std::bit_ceil(capacity));
    }
  }

  /// Appends a copy. Amortised O(1).
  void push_back(T value) { append() = value; }

  /// Appends an element of unspecified value, to be assigned by the caller at once.
  T& append() {
    if (size() == slots_.size()) [[unlikely]] {
      grow(slots_.empty() ? 8 : slots_.size() * 2);
    }
    return slots_[tail_++ & mask_];
  }

  /// Removes the oldest element; there must be one.
  void pop_front() {
    ASSERT(!empty());
    ++head_;
  }

  /// Forgets all elements and keeps the memory.
  void clear() { head_ = tail_ = 0; }

  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] std::size_t size() const { return tail_ - head_; }
  /// Oldest element; there must be one. Valid until the next push.
  [[nodiscard]] const T& front() const { return slots_[head_ & mask_]; }
  [[nodiscard]] T& front() { return slots_[head_ & mask_]; }
  /// Youngest element; there must be one. Valid until the next push.
  [[nodiscard]] const T& back() const { return slots_[(tail_ - 1) & mask_]; }
  /// The i-th element, the oldest being 0.
  [[nodiscard]] const T& operator[](std::size_t i) const { return slots_[(head_ + i) & mask_]; }

 private:
  [[gnu::noinline]] void grow(std::size_t capacity) {
    std::vector<T> larger(capacity);
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) {
      larger[i] = slots_[(head_ + i) & mask_];
    }
    slots_ = std::move(larger);
    head_ = 0;
    tail_ = count;
    mask_ = capacity - 1;
  }

  std::vector<T> slots_;
  std::size_t head_ = 0;  // both count on for ever; the mask turns them into positions
  std::size_t tail_ = 0;
  std::size_t mask_ = 0;
};

}  // namespace shaketable::proxy
