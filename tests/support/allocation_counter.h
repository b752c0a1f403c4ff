#pragma once

#include <cstdint>

namespace shaketable::support {

/// How often `operator new` has been called in this process so far. A test program that calls this
/// gets counting replacements of the global operators; the difference of two calls is what the code
/// between them allocated.
[[nodiscard]] std::uint64_t allocation_count();

}  // namespace shaketable::support
