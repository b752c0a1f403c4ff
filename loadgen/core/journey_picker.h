#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "loadgen/core/load_plan.h"
#include "proxy/base/rng.h"

namespace shaketable::loadgen {

/// Chooses journeys as Molotov does: sorted by name, the first whose cumulative weight is above a
/// random number below the sum. Weight 0 is never chosen. Cost: one draw, none if there is only one
/// journey.
class JourneyPicker {
 public:
  explicit JourneyPicker(const std::vector<Journey>& journeys);

  /// Load fault: from now on each journey has so many millionths of its weight, by index of the
  /// plan; none at all = as planned. Returns what that makes of the sum of all weights, in
  /// millionths of the planned one. Weights whose sum is above 2^31 are counted less exactly.
  std::uint32_t set_factors(std::span<const std::uint32_t> factors_ppm);

  /// Index of the next journey. There must be one (`count() > 0`).
  [[nodiscard]] std::uint32_t pick(proxy::Rng& rng) const {
    if (order_.size() == 1 || ends_.back() == 0) {
      return order_.front();
    }
    const std::uint64_t point = rng.below(ends_.back());
    std::size_t place = 0;
    while (point >= ends_[place]) {
      ++place;
    }
    return order_[place];
  }
  /// The journey at `place` in the order of names, for single runs.
  [[nodiscard]] std::uint32_t at(std::size_t place) const { return order_[place]; }
  /// How many can be chosen.
  [[nodiscard]] std::size_t count() const { return order_.size(); }

 private:
  std::vector<std::uint32_t> order_;
  std::vector<std::uint64_t> weights_;  ///< As planned, in that order.
  std::vector<std::uint64_t> ends_;     ///< Cumulative weights.
};

}  // namespace shaketable::loadgen
