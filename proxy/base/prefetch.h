#pragma once

#include <cstddef>

namespace shaketable::proxy {

inline constexpr std::size_t kCacheLine = 64;

/// Asks the processor for the first `Lines` cache lines of something that is read soon, which may
/// not exist any more: nothing is read here, and no address can fail. Changes no result.
template <std::size_t Lines = 1>
[[gnu::always_inline]] inline void prefetch(const void* address) {
  for (std::size_t line = 0; line < Lines; ++line) {
    __builtin_prefetch(static_cast<const char*>(address) + line * kCacheLine);
  }
}

}  // namespace shaketable::proxy
