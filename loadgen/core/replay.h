#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// Arrivals at moments that were recorded, in [start, stop). The face of `OpenLoop`.
///
/// A load fault keeps the timing: at a factor of 2.5 each arrival comes twice, every second one
/// three times. Cost: a few nanoseconds an arrival. Not thread-safe.
class Replay {
 public:
  /// `moments` after `start`, not decreasing.
  Replay(std::vector<proxy::Duration> moments, proxy::Instant start, proxy::Instant stop);

  [[nodiscard]] proxy::Instant next() const { return next_; }
  void advance();
  void set_factor(proxy::Instant now, std::uint32_t factor_ppm);
  [[nodiscard]] static std::uint64_t draws() { return 0; }

 private:
  void find();

  std::vector<proxy::Duration> moments_;
  proxy::Instant start_, stop_;
  std::size_t place_ = 0;        ///< The next moment.
  std::size_t first_ahead_ = 0;  ///< Moments before it have been taken.
  std::uint64_t factor_ = 1'000'000;
  std::uint64_t owed_ = 500'000;  ///< Millionths of an arrival that are left over.
  std::uint64_t left_ = 0;        ///< Arrivals at the current moment that are still to come.
  proxy::Instant next_ = proxy::kNever;
};

}  // namespace shaketable::loadgen
