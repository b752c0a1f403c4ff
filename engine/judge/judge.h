#pragma once

#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// Judges what a run has recorded against what its scenario expects.
///
/// A pure function: the same scenario and record give the same verdict, and every comparison is
/// made on integers. The run passes when each expectation held, or failed as `fails: true` says;
/// what cannot be measured has not held. An interrupted run is judged as far as it came and marked
/// partial. Cost: linear in services, edges and buckets.
[[nodiscard]] Verdict judge(const Scenario& scenario, const RunRecord& record);

}  // namespace shaketable::engine
