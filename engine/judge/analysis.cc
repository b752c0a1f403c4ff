#include "engine/judge/analysis.h"

namespace shaketable::engine {

Analysis analyse(const Scenario& scenario, const RunRecord& record,
                 const std::vector<ServiceHealth>& health) {
  Analysis analysis;
  analysis.cascade = find_cascade(scenario, record, health);
  analysis.lanes = find_lanes(scenario, record);
  analysis.canaries = find_canaries(scenario, record);
  analysis.metastability = find_metastability(scenario, record, analysis.cascade);
  analysis.capacity = find_capacity(scenario, record);
  return analysis;
}

}  // namespace shaketable::engine
