#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/kernel/event.h"

namespace shaketable::engine {

/// At most one wake-up per target, for things that tell when they want to be called next (a
/// sidecar's `next_deadline()`).
///
/// A request later than what is already scheduled costs one comparison and no event. One that is
/// earlier schedules a further event; the later one stays in the queue, and is used again by the
/// next request for its time or a later one. Without that, a timer far away and short ones before
/// it, in turn, would leave an event at the far time for each turn. An event that nobody asked for
/// any more is recognised as stale when it fires. Waking up early must therefore be harmless, as it
/// is by the sidecar's contract.
class WakeUps {
 public:
  /// Wake-ups will be events of this kind, with the target's number.
  explicit WakeUps(std::uint8_t kind) : kind_(kind) {}

  /// Makes room for the targets 0 to `count` - 1.
  void resize(std::size_t count) { slots_.resize(count); }

  /// Asks for a wake-up at `at` (moved to now if it is past); `kNever` asks for none.
  template <class Kernel>
  [[gnu::always_inline]] void request(Kernel& kernel, std::uint32_t target, Instant at) {
    if (at < slots_[target].pending) {
      hasten(kernel, slots_[target], target, at);
    }
  }

  /// To be called with each event of the kind: true if it is the current wake-up of its target
  /// (which then has none until the next request), false if it is stale and must be ignored.
  bool fired(const Event& event) { return fired(event.at, event.target); }
  bool fired(Instant at, std::uint32_t target) {
    Slot& slot = slots_[target];
    if (slot.left == at) {
      slot.left = kNever;
    }
    if (slot.pending != at) {
      return false;
    }
    slot.pending = kNever;
    return true;
  }

  /// When the target will be woken; `kNever` if no wake-up is pending.
  [[nodiscard]] Instant pending(std::uint32_t target) const { return slots_[target].pending; }

 private:
  struct Slot {
    Instant pending = kNever;
    Instant left =
        kNever;  ///< Later than `pending`: the latest event that an earlier one replaced.
  };

  /// Out of line: it is needed less often than asked for, and what calls it is inlined everywhere.
  template <class Kernel>
  [[gnu::noinline]] void hasten(Kernel& kernel, Slot& slot, std::uint32_t target, Instant at) {
    if (slot.pending != kNever) {
      slot.left = slot.left == kNever ? slot.pending : std::max(slot.left, slot.pending);
    } else if (at >= slot.left) {
      slot.pending = std::exchange(slot.left, kNever);
      return;
    }
    slot.pending = std::max(at, kernel.now());
    kernel.schedule(slot.pending, {.kind = kind_, .target = target});
  }

  std::vector<Slot> slots_;
  std::uint8_t kind_;
};

}  // namespace shaketable::engine
