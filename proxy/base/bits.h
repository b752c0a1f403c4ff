#pragma once

#include <cstdint>

namespace shaketable::proxy {

/// 128-bit integers of the compiler, for products of two 64-bit numbers.
__extension__ typedef unsigned __int128 Uint128;  // NOLINT(modernize-use-using)
__extension__ typedef __int128 Int128;            // NOLINT(modernize-use-using)

/// The upper 64 bits of the 128-bit product: `floor(a * b / 2^64)`. One instruction.
[[nodiscard]] constexpr std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>((static_cast<Uint128>(a) * b) >> 64);
}

/// One step of splitmix64 on a value: a bijection whose output bits depend on all input bits.
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

}  // namespace shaketable::proxy
