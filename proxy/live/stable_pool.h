#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace shaketable::proxy::live {

/// Elements with stable addresses, found by a 64-bit handle (slot and generation; 0 is none).
/// `take` hands out a used element as it was left, so that its strings' memory is used again.
template <class T>
class StablePool {
 public:
  struct Taken {
    std::uint64_t handle;
    T* element;
  };

  Taken take() {
    if (free_.empty()) {
      slots_.emplace_back();
      free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    ++slots_[slot].generation;  // odd: in use
    ++size_;
    return {std::uint64_t{slots_[slot].generation} << 32U | slot, &slots_[slot].element};
  }

  /// The element, or nullptr when it has been given back.
  [[nodiscard]] T* find(std::uint64_t handle) {
    const auto slot = static_cast<std::uint32_t>(handle);
    const bool known = slot < slots_.size() && slots_[slot].generation == handle >> 32U &&
                       slots_[slot].generation % 2 == 1;
    return known ? &slots_[slot].element : nullptr;
  }

  void give_back(std::uint64_t handle) {
    if (find(handle) != nullptr) {
      const auto slot = static_cast<std::uint32_t>(handle);
      ++slots_[slot].generation;
      free_.push_back(slot);
      --size_;
    }
  }

  /// Elements in use.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Calls `visit(T&)` for every element in use, in the order of their slots.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].generation % 2 == 1) {
        visit(slots_[i].element);
      }
    }
  }

 private:
  struct Slot {
    std::uint32_t generation = 0;
    T element{};
  };
  std::deque<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace shaketable::proxy::live
