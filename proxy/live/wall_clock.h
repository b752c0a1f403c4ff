#pragma once

#include <cstdint>
#include <ctime>

namespace shaketable::proxy::live {

/// The time of day, in nanoseconds since 1970 (UTC): for logs and spans, never for decisions.
[[nodiscard]] inline std::int64_t unix_nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace shaketable::proxy::live
