#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/kernel/event.h"

namespace shaketable::engine {

/// At most one wake-up per target, for things that tell when they want to be called next (a
/// sidecar's `next_deadline()`).
///
/// A request later than what is already scheduled costs one comparison and no event. One that is
/// earlier schedules a further event; the later one stays in the queue and is recognised as stale
/// when it fires. Waking up early must therefore be harmless, as it is by the sidecar's contract.
class WakeUps {
 public:
  /// Wake-ups will be events of this kind, with the target's number.
  explicit WakeUps(std::uint8_t kind) : kind_(kind) {}

  /// Makes room for the targets 0 to `count` - 1.
  void resize(std::size_t count) { pending_.resize(count, kNever); }

  /// Asks for a wake-up at `at` (moved to now if it is past); `kNever` asks for none.
  template <class Kernel>
  void request(Kernel& kernel, std::uint32_t target, Instant at) {
    if (at >= pending_[target]) {
      return;
    }
    const Instant when = at < kernel.now() ? kernel.now() : at;
    pending_[target] = when;
    kernel.schedule(when, {.kind = kind_, .target = target});
  }

  /// To be called with each event of the kind: true if it is the current wake-up of its target
  /// (which then has none until the next request), false if it is stale and must be ignored.
  bool fired(const Event& event) { return fired(event.at, event.target); }
  bool fired(Instant at, std::uint32_t target) {
    if (pending_[target] != at) {
      return false;
    }
    pending_[target] = kNever;
    return true;
  }

  /// When the target will be woken; `kNever` if no wake-up is pending.
  [[nodiscard]] Instant pending(std::uint32_t target) const { return pending_[target]; }

 private:
  std::vector<Instant> pending_;
  std::uint8_t kind_;
};

}  // namespace shaketable::engine
