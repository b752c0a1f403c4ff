#pragma once

namespace shaketable::engine {

/// While one lives, the first Ctrl-C (or SIGTERM) is only noted, so that a run can end in order; a
/// second one ends the process as usual. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// True once the signal has come.
  [[nodiscard]] static bool is_interrupted();
};

}  // namespace shaketable::engine
