#pragma once

#include <bit>
#include <cstdint>

#include "proxy/base/bits.h"

namespace shaketable::proxy {

/// An order-dependent 64-bit hash over numbers, equal on every machine and in every build: run
/// fingerprints and other stable digests. Not for hash tables of untrusted keys.
///
/// Cost: one multiplication per word. Every added word takes part in every later state (adding,
/// rotating and multiplying by an odd constant are bijections of the state), so two sequences that
/// differ in one word never collide until a second difference cancels the first.
class StableHash {
 public:
  constexpr void add(std::uint64_t word) {
    state_ = std::rotl((state_ ^ word) * 0x9e3779b97f4a7c15U, 29);
  }

  /// The hash of everything added so far; adding may go on.
  [[nodiscard]] constexpr std::uint64_t value() const { return mix64(state_); }

  friend constexpr bool operator==(const StableHash&, const StableHash&) = default;

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3U;
};

}  // namespace shaketable::proxy
