#pragma once

#include <string>
#include <vector>

#include "engine/judge/cascade.h"
#include "engine/judge/cascade_causes.h"
#include "engine/judge/run_view.h"

/// The parts of cascade.cc: what an engineer would say.
namespace shaketable::engine {

/// "calls to payment time out (412 of 500 calls timed out)". Clause without subject.
[[nodiscard]] std::string step_text(const Scenario& scenario, const CascadeStep& step,
                                    const Episode& episode, const Baseline& baseline);

/// "payment was hit by fault provider-slow: 60 % of requests ...". A whole sentence without stop.
[[nodiscard]] std::string root_text(const Scenario& scenario, const RootCause& root,
                                    const CascadeStep& first);

/// What else the record shows of a step: its symptoms, and the first event of each kind on its
/// service and edge around its beginning.
void add_evidence(const RunView& view, const Episode& episode, const Baseline& baseline,
                  CascadeStep& step);

/// "Why: fault provider-slow (...) at 40.0 s: 4 of 12 services left their normal state ..."
[[nodiscard]] std::string cascade_headline(const Scenario& scenario, const Cascade& cascade);

/// "a -> b -> c"; the middle of a long one is left out.
[[nodiscard]] std::string path_text(const Scenario& scenario,
                                    const std::vector<ServiceIndex>& path);

}  // namespace shaketable::engine
