#include "reports/html/log_axis.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace shaketable::reports {

std::int64_t log_steps_of(std::int64_t ns) {
  return static_cast<std::int64_t>(std::log2(static_cast<double>(std::max<std::int64_t>(ns, 1))) *
                                   16);
}

LogRange log_range_of(std::int64_t least_ns, std::int64_t greatest_ns) {
  LogRange range{log_steps_of(least_ns) - 2, log_steps_of(greatest_ns) + 3};
  if (range.high - range.low < 32) {
    range.low -= (32 - (range.high - range.low)) / 2;
    range.high = range.low + 32;
  }
  return range;
}

std::vector<std::int64_t> log_ticks_of(const LogRange& range) {
  std::vector<std::int64_t> ticks;
  const bool is_short = range.high - range.low < 150;
  for (std::int64_t power = 1; power < INT64_MAX / 10; power *= 10) {
    for (const std::int64_t factor : {1, 3}) {
      const std::int64_t at = log_steps_of(power * factor);
      if ((factor == 1 || is_short) && at >= range.low && at <= range.high) {
        ticks.push_back(power * factor);
      }
    }
  }
  return ticks;
}

}  // namespace shaketable::reports
