#include "proxy/live/spare_memory.h"

#include <algorithm>

namespace shaketable::proxy::live {

bool SpareMemory::is_worth_it(const ProcessUsage& usage) {
  constexpr std::int64_t kMuch = 4 << 20;
  const std::int64_t now = unused(usage);
  least_ = std::min(least_, now);
  return now - least_ > kMuch;
}

}  // namespace shaketable::proxy::live
