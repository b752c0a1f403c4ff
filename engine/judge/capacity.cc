#include "engine/judge/capacity.h"

#include <algorithm>

namespace shaketable::engine {

Capacity find_capacity(const Scenario& scenario, const RunRecord& record) {
  Capacity capacity;
  capacity.services.resize(scenario.mesh.services.size());
  for (std::size_t s = 0; s < capacity.services.size(); ++s) {
    capacity.services[s].service = static_cast<ServiceIndex>(s);
  }
  for (const ServiceGauges& gauges : record.gauges) {
    if (gauges.service >= capacity.services.size()) {
      continue;
    }
    for (const Gauge& gauge : gauges.points) {
      std::int64_t& peak = capacity.services[gauges.service].peak_utilisation_ppm;
      peak = std::max(peak, static_cast<std::int64_t>(gauge.utilisation_ppm));
    }
  }
  return capacity;
}

}  // namespace shaketable::engine
