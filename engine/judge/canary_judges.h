#pragma once

#include <vector>

#include "engine/judge/canary.h"

/// The part of canary.cc that asks the judges.
namespace shaketable::engine {

/// Adds what Kayenta, Flagger and Argo would have said of `version` with the settings of
/// `Scenario::canary`. `series` is by version. Only buckets in which the version had requests,
/// and only up to the roll-back, are looked at.
void judge_version(const Scenario& scenario, const RunRecord& record, CanaryAnalysis& canary,
                   VersionIndex version, const std::vector<const Series*>& series);

}  // namespace shaketable::engine
