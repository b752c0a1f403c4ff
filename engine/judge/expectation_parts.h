#pragma once

#include "engine/judge/expectations.h"
#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// The kinds of expectations that have files of their own, for expectations.cc alone.
namespace shaketable::engine {

/// Fills `verdict` for an event that must (or must not) happen within a window.
void judge_event(const EventExpectation& expectation, const Observed& observed,
                 ExpectationVerdict& verdict);

/// Fills `verdict` for a subject that must be back to normal by a deadline.
void judge_recovery(const RecoveryExpectation& expectation, const Observed& observed,
                    ExpectationVerdict& verdict);

/// Notes which span was looked at.
inline void set_span(ExpectationVerdict& verdict, const Window& window) {
  verdict.from = window.from;
  verdict.to = window.to;
}

/// The run ended before the window did, so that what did not happen may still have come.
[[nodiscard]] inline bool is_cut(const RunRecord& record, const Window& window) {
  return record.interrupted && record.ended < window.to;
}

}  // namespace shaketable::engine
