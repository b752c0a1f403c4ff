#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "engine/kernel/event.h"
#include "proxy/base/bits.h"

namespace shaketable::engine {

/// Digest of a run: equal for the same input on every machine, compiler and event set.
///
/// Takes in the time, kind and target of every event that happens. Every 2^20 events a check-point
/// is kept, so that two runs that differ can be compared for where they parted.
class Fingerprint {
 public:
  static constexpr std::uint64_t kCheckPointInterval = std::uint64_t{1} << 20;

  struct CheckPoint {
    std::uint64_t events = 0;  ///< How many events had happened.
    Instant at{};              ///< Time of the last of them.
    std::uint64_t hash = 0;    ///< `value()` at that moment.

    friend bool operator==(const CheckPoint&, const CheckPoint&) = default;
  };

  Fingerprint() { check_points_.reserve(64); }

  /// Takes in the event, the `count`-th of the run. One multiplication.
  void add(const Event& event, std::uint64_t count) {
    const auto at = static_cast<std::uint64_t>(proxy::nanoseconds_of(event.at));
    const std::uint64_t who = (std::uint64_t{event.kind} << 32) | event.target;
    state_ = std::rotl((state_ ^ at) * 0x9e3779b97f4a7c15U, 29) + who;
    if (count % kCheckPointInterval == 0) [[unlikely]] {
      check_points_.push_back({count, event.at, value()});
    }
  }

  [[nodiscard]] std::uint64_t value() const { return proxy::mix64(state_); }
  [[nodiscard]] const std::vector<CheckPoint>& check_points() const { return check_points_; }

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3U;
  std::vector<CheckPoint> check_points_;
};

}  // namespace shaketable::engine
