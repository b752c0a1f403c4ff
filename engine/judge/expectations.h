#pragma once

#include <vector>

#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// Everything an expectation may be compared with.
struct Observed {
  const Scenario& scenario;
  const RunRecord& record;
  const std::vector<ServiceHealth>& health;  ///< By service.
  const std::vector<Spread>& spread;         ///< By fault.
};

/// The answer to one expectation, `fails: true` taken into account.
[[nodiscard]] ExpectationVerdict judge_expectation(const Expectation& expectation,
                                                   const Observed& observed);

/// True when the event concerns the subject: the service itself (whoever the caller is), the edge,
/// or, for endpoints and versions, their service. A service that is kNone stands for all.
[[nodiscard]] bool concerns(const RunEvent& event, const Subject& subject);

}  // namespace shaketable::engine
