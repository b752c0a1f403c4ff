#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace shaketable::loadgen::live {

/// What belongs to each stream of a connection, found by its number (1, 3, 5, ...). Numbers rise,
/// so they lie in a ring in order of their low bits; it doubles when an old stream is in the way of
/// a new one. Costs one look, and allocates nothing once it has grown.
template <class T>
class StreamTable {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }

  void add(std::uint32_t stream, T& value) {
    while (slots_.empty() || slots_[index_of(stream)].value != nullptr) {
      grow();
    }
    slots_[index_of(stream)] = {stream, &value};
    ++size_;
  }
  /// Null if the stream is not there.
  [[nodiscard]] T* find(std::uint32_t stream) const {
    if (slots_.empty()) {
      return nullptr;
    }
    const Slot& slot = slots_[index_of(stream)];
    return slot.stream == stream ? slot.value : nullptr;
  }
  void remove(std::uint32_t stream) {
    if (find(stream) != nullptr) {
      slots_[index_of(stream)] = {};
      --size_;
    }
  }
  /// Takes any one out; null if there is none. All of them one after the other cost one round.
  T* pop() {
    if (size_ == 0) {
      return nullptr;
    }
    while (true) {
      Slot& slot = slots_[popped_++ & (slots_.size() - 1)];
      if (slot.value != nullptr) {
        --size_;
        return std::exchange(slot, Slot{}).value;
      }
    }
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.value != nullptr) {
        visit(*slot.value);
      }
    }
  }

 private:
  struct Slot {
    std::uint32_t stream = 0;
    T* value = nullptr;
  };

  [[nodiscard]] std::size_t index_of(std::uint32_t stream) const {
    return (stream >> 1U) & (slots_.size() - 1);
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 2 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.value != nullptr) {
        slots_[index_of(slot.stream)] = slot;
      }
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  std::size_t popped_ = 0;  ///< Where `pop` goes on.
};

}  // namespace shaketable::loadgen::live
