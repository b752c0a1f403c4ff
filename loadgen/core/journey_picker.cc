#include "loadgen/core/journey_picker.h"

#include <algorithm>

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
    sum += journeys[journey].weight;
    ends_.push_back(sum);
  }
}

}  // namespace shaketable::loadgen
