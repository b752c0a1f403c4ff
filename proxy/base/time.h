#pragma once

#include <chrono>
#include <cstdint>

namespace shaketable::proxy {

// Every room below this namespace writes `250ms`; the literals are part of the vocabulary.
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

/// A span of virtual or real time in integer nanoseconds; about 292 years either way.
using Duration = std::chrono::duration<std::int64_t, std::nano>;

/// The clock that `Instant` counts on. It deliberately has no `now()`: whoever needs the present
/// moment gets it as an argument, so reading real time inside the core does not compile.
struct VirtualClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<VirtualClock, duration>;
  static constexpr bool is_steady = true;
};

/// A moment, in nanoseconds since the start of the run.
using Instant = std::chrono::time_point<VirtualClock, Duration>;

/// The moment at which a run begins.
inline constexpr Instant kStart{};

/// Later than every moment that can happen; "no deadline".
inline constexpr Instant kNever = Instant::max();

/// A duration that is as good as forever; `after(t, kForever)` is `kNever` for every t >= kStart.
inline constexpr Duration kForever = Duration::max();

/// `start + delay`, saturating: `kNever` (or the earliest instant) instead of an overflow, and
/// `kNever` stays `kNever` whatever is added.
[[nodiscard]] constexpr Instant after(Instant start, Duration delay) {
  if (start == kNever) {
    return kNever;
  }
  std::int64_t sum = 0;
  if (__builtin_add_overflow(start.time_since_epoch().count(), delay.count(), &sum)) {
    return delay.count() > 0 ? kNever : Instant::min();
  }
  return Instant(Duration(sum));
}

/// Nanoseconds since the start of the run, for arithmetic and output.
[[nodiscard]] constexpr std::int64_t nanoseconds_of(Instant instant) {
  return instant.time_since_epoch().count();
}

/// The instant that lies `nanoseconds` after the start of the run.
[[nodiscard]] constexpr Instant instant_at(std::int64_t nanoseconds) {
  return Instant(Duration(nanoseconds));
}

/// Seconds as a double, for reports only: never feed the result back into a run.
[[nodiscard]] constexpr double to_seconds(Duration duration) {
  return static_cast<double>(duration.count()) * 1e-9;
}

}  // namespace shaketable::proxy
