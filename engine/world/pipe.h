#pragma once

#include <cstdint>

#include "proxy/base/time.h"

namespace shaketable::engine {

/// One direction of a narrow link: bytes pass one after the other at a rate that stays, messages in
/// the order in which they come.
///
/// What is waiting is known by when the pipe gets free, so a message costs O(1) and no memory.
/// Exact: fractions of a nanosecond are carried on while the pipe is busy.
class Pipe {
 public:
  /// When the last of `bytes` (up to 2^32 - 1) that come at `at` has passed; kNever if that is
  /// beyond all time. The rate is in bytes a second, from 1 to 2^50. Calls in order of `at`.
  proxy::Instant pass(proxy::Instant at, std::uint32_t bytes, std::uint64_t rate) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    if (at > free_) {
      free_ = at;
      rest_ = 0;
    }
    const std::uint64_t work = rest_ + bytes * kSecond;
    free_ = proxy::after(free_, proxy::Duration(static_cast<std::int64_t>(work / rate)));
    rest_ = work % rate;
    return proxy::after(free_, proxy::Duration(rest_ > 0 ? 1 : 0));
  }

 private:
  proxy::Instant free_ = proxy::kStart;
  std::uint64_t rest_ = 0;  ///< It gets free so much later, in nanoseconds / rate.
};

}  // namespace shaketable::engine
