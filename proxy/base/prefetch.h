#pragma once

#include <cstddef>
#include <cstdint>

namespace shaketable::proxy {

inline constexpr std::size_t kCacheLine = 64;

/// Asks the processor for the first `Lines` cache lines from an address on that is read soon. There
/// may be nothing at it any more, or never have been: nothing is read here, and no address can
/// fail. Changes no result.
template <std::size_t Lines = 1>
[[gnu::always_inline]] inline void prefetch(std::uintptr_t address) {
  for (std::size_t line = 0; line < Lines; ++line) {
    __builtin_prefetch(reinterpret_cast<const void*>(address + line * kCacheLine));
  }
}
template <std::size_t Lines = 1>
[[gnu::always_inline]] inline void prefetch(const void* address) {
  prefetch<Lines>(reinterpret_cast<std::uintptr_t>(address));
}

}  // namespace shaketable::proxy
