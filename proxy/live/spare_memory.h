#pragma once

#include <cstdint>
#include <limits>

#include "proxy/live/server_info.h"

namespace shaketable::proxy::live {

/// When memory is worth giving back to the system. After a peak (thousands of connections, slow
/// readers, a reload) the allocator keeps what it got, resident and unused.
class SpareMemory {
 public:
  /// Whether far more is resident than is in use, compared with the least that it was so far: code,
  /// stacks and the gaps between what is in use are always there.
  [[nodiscard]] bool is_worth_it(const ProcessUsage& usage);
  /// What is left after all that can be was given back.
  void note_given_back(const ProcessUsage& usage) { least_ = unused(usage); }

 private:
  /// Negative when much of what was allocated was never touched.
  [[nodiscard]] static std::int64_t unused(const ProcessUsage& usage) {
    return static_cast<std::int64_t>(usage.resident_bytes) -
           static_cast<std::int64_t>(usage.heap_bytes);
  }

  std::int64_t least_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace shaketable::proxy::live
