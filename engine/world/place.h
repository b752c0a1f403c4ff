#pragma once

#include <cstdint>

#include "engine/mesh/model.h"

namespace shaketable::engine {

/// Where an instance is, as far as the network cares.
struct Place {
  ServiceIndex service = kNone;  ///< kNone: the load's clients.
  VersionIndex version = kNone;
  std::uint32_t number = kNone;  ///< Within the service.
  ZoneIndex zone = 0;
  bool is_cut_off = false;  ///< No message passes, see NetworkModel::count_cut_off.
};

/// Whether a place is one of those that a pattern means: its kNone parts match everything.
[[nodiscard]] constexpr bool is_at(const Place& pattern, const Place& place) {
  const auto fits = [](std::uint32_t wanted, std::uint32_t actual) {
    return wanted == kNone || wanted == actual;
  };
  return fits(pattern.service, place.service) && fits(pattern.version, place.version) &&
         fits(pattern.number, place.number) && fits(pattern.zone, place.zone);
}

/// Whether a pattern says nothing.
[[nodiscard]] constexpr bool is_everything(const Place& pattern) {
  return pattern.service == kNone && pattern.version == kNone && pattern.number == kNone &&
         pattern.zone == kNone;
}

}  // namespace shaketable::engine
