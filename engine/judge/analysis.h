#pragma once

#include <vector>

#include "engine/judge/canary.h"
#include "engine/judge/capacity.h"
#include "engine/judge/cascade.h"
#include "engine/judge/lanes.h"
#include "engine/judge/metastability.h"

namespace shaketable::engine {

/// What a run's record says beyond its expectations: causes, states over time, canaries, loops that
/// sustain themselves, and limits. Every part is a pure function of scenario and record.
struct Analysis {
  Cascade cascade;
  Lanes lanes;
  std::vector<CanaryAnalysis> canaries;
  std::vector<Metastability> metastability;
  Capacity capacity;
};

[[nodiscard]] Analysis analyse(const Scenario& scenario, const RunRecord& record,
                               const std::vector<ServiceHealth>& health);

}  // namespace shaketable::engine
