#pragma once

#include "engine/judge/run_summary.h"
#include "engine/judge/verdict.h"
#include "engine/scenario/model.h"

/// Words that the JSON formats use for enumerations.
namespace shaketable::reports {

/// "held", "broken", "known_failure", "unexpected_pass", "not_measurable".
[[nodiscard]] const char* key_of(engine::ExpectationState state);
/// "client", "service", "edge".
[[nodiscard]] const char* key_of(engine::SignalSummary::Kind kind);
/// "service", "endpoint", "version", "edge", "journey".
[[nodiscard]] const char* key_of(engine::Subject::Kind kind);

}  // namespace shaketable::reports
