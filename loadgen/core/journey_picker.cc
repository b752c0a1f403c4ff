#include "loadgen/core/journey_picker.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace shaketable::loadgen {

JourneyPicker::JourneyPicker(const std::vector<Journey>& journeys) {
  for (std::uint32_t i = 0; i < journeys.size(); ++i) {
    if (journeys[i].weight > 0) {
      order_.push_back(i);
    }
  }
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return journeys[a].name < journeys[b].name;
  });
  std::uint64_t sum = 0;
  for (const std::uint32_t journey : order_) {
    weights_.push_back(journeys[journey].weight);
    sum += weights_.back();
    ends_.push_back(sum);
  }
}

std::uint32_t JourneyPicker::set_factors(std::span<const std::uint32_t> factors_ppm) {
  constexpr std::uint64_t kOne = 1'000'000;
  constexpr std::uint64_t kMostWeight = std::uint64_t{1} << 31;
  const std::uint64_t planned = std::accumulate(weights_.begin(), weights_.end(), std::uint64_t{0});
  unsigned shift = 0;
  while (planned >> shift > kMostWeight) {
    ++shift;
  }
  const bool is_as_planned = std::all_of(factors_ppm.begin(), factors_ppm.end(),
                                         [](std::uint32_t factor) { return factor == kOne; });
  std::uint64_t sum = 0, whole = 0;
  for (std::size_t place = 0; place < order_.size(); ++place) {
    const std::uint64_t weight = weights_[place] >> shift;
    if (is_as_planned) {
      sum += weights_[place];
    } else {
      sum += weight * (order_[place] < factors_ppm.size() ? factors_ppm[order_[place]] : kOne);
      whole += weight;
    }
    ends_[place] = sum;
  }
  return static_cast<std::uint32_t>(
      is_as_planned || whole == 0
          ? kOne
          : std::min<std::uint64_t>(sum / whole, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace shaketable::loadgen
