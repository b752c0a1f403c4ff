#pragma once

#include <algorithm>
#include <cstdint>

#include "proxy/base/time.h"

namespace shaketable::proxy::http {

/// What a peer may do for nothing: `capacity` at once, `per_second` more as time goes by, and what
/// it earns by useful work. Never more than `capacity` is saved up.
///
/// Time is only looked at when the budget is used up, so a spend costs a comparison. Without time
/// (`now` stays the same) nothing grows.
class Budget {
 public:
  Budget(std::uint32_t capacity, std::uint32_t per_second)
      : capacity_(capacity), left_(capacity), per_second_(per_second) {}

  /// False when less than `cost` is left: the peer has had its share.
  [[nodiscard]] bool spend(std::uint32_t cost, Instant now) {
    if (left_ < cost) [[unlikely]] {
      refill(now);
      if (left_ < cost) {
        return false;
      }
    }
    left_ -= cost;
    return true;
  }
  void earn(std::uint32_t amount) { left_ = std::min(capacity_, left_ + amount); }
  /// The moment from which time counts: when the connection began.
  void begin(Instant now) { counted_ = now; }
  [[nodiscard]] std::uint32_t left() const { return left_; }

 private:
  void refill(Instant now) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t waited = std::max<std::int64_t>((now - counted_).count(), 0);
    if (per_second_ == 0 || waited / kSecond > capacity_) {
      left_ = per_second_ == 0 ? left_ : capacity_;
      counted_ = now;
      return;
    }
    const std::int64_t gained =
        waited / kSecond * per_second_ + waited % kSecond * per_second_ / kSecond;
    if (gained > 0) {
      left_ = static_cast<std::uint32_t>(std::min<std::int64_t>(capacity_, left_ + gained));
      counted_ = now;
    }
  }

  std::uint32_t capacity_;
  std::uint32_t left_;
  std::uint32_t per_second_;
  Instant counted_ = kStart;
};

}  // namespace shaketable::proxy::http
