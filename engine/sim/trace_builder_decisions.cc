#include <algorithm>
#include <string>

#include "engine/sim/decision_words.h"
#include "engine/sim/simulator.h"
#include "engine/sim/trace_builder.h"

// What sidecars and callers decided about a call, as events of its spans.
namespace shaketable::engine {

void TraceBuilder::add_call_note(const CallRow& call, const NoteRow& note, Progress& progress) {
  const Instant at = note.decision.at;
  switch (note.kind) {
    case NoteRow::Kind::kDecision:
      add_decision(call, note, progress);
      return;
    case NoteRow::Kind::kHostsSkipped: {
      const std::string of = std::to_string(note.decision.a) + " of " +
                             std::to_string(note.decision.status) + " hosts " +
                             (note.decision.a == 1 ? "is" : "are") + " ejected";
      add_event(progress.span, at, SpanEventKind::kHostsSkipped,
                of + (note.decision.reason == 1 ? ", too many: all are used" : " and skipped"));
      return;
    }
    case NoteRow::Kind::kClientTimeout:
      add_event(progress.span, at, SpanEventKind::kTimeout,
                "the caller's own client gave up after " + words_for(at - call.from));
      return;
    case NoteRow::Kind::kNobodyUp:
      add_event(progress.span, at, SpanEventKind::kNoHost, "no instance is known to be up");
      return;
    case NoteRow::Kind::kCancelled:
      add_event(progress.span, at, SpanEventKind::kCancelled, "the caller stopped waiting");
      return;
    case NoteRow::Kind::kWait:
    case NoteRow::Kind::kLoopWait:
    case NoteRow::Kind::kQueueFull:
    case NoteRow::Kind::kFault:
    case NoteRow::Kind::kLost:
      return;
  }
}

void TraceBuilder::add_decision(const CallRow& call, const NoteRow& note, Progress& progress) {
  const proxy::Decision& decision = note.decision;
  const Instant at = decision.at;
  const auto length = Duration(static_cast<std::int64_t>(decision.a));
  switch (decision.kind) {
    case proxy::DecisionKind::kAttemptEnded: {
      if (!progress.is_sent) {
        add_pending(call, progress, at);
      }
      const auto cause = static_cast<proxy::DecisionCause>(decision.reason);
      progress.cause = words_for_cause(decision);
      if (cause == proxy::DecisionCause::kStatus) {
        return;
      }
      const bool is_timeout = cause == proxy::DecisionCause::kPerTryTimeout;
      const bool was_sent = progress.is_sent && progress.last_attempt != kNone;
      const std::uint32_t span = was_sent ? progress.last_attempt : progress.span;
      const std::string host = was_sent ? "" : ": " + instance_name(decision.host);
      add_event(span, at, is_timeout ? SpanEventKind::kTimeout : SpanEventKind::kConnection,
                is_timeout ? progress.cause + " after " + words_for(at - trace_.spans[span].from)
                           : progress.cause + host);
      return;
    }
    case proxy::DecisionKind::kOverflow:
      progress.cause = words_for_overflow(decision);
      if (!progress.is_sent) {
        add_pending(call, progress, at);
      }
      add_event(progress.span, at, SpanEventKind::kOverflow, progress.cause);
      return;
    case proxy::DecisionKind::kRetry: {
      Span span;
      span.parent = progress.span;
      span.kind = SpanKind::kBackOff;
      span.from = at;
      span.to = std::min(at + length, end_of(call));
      set_place(span, call.caller);
      span.peer = call.service;
      span.attempt = static_cast<std::uint16_t>(decision.attempts + 1);
      add(span);
      add_event(progress.span, at, SpanEventKind::kRetry,
                progress.cause + ": attempt " + std::to_string(decision.attempts + 1) +
                    (length == Duration::zero() ? " follows at once"
                                                : " follows after " + words_for(length)));
      progress.attempt_from = at + length;
      progress.is_sent = false;
      return;
    }
    case proxy::DecisionKind::kNoRetry:
      add_event(
          progress.span, at, SpanEventKind::kNoRetry,
          progress.cause + ": " + words_for(static_cast<proxy::NoRetryCause>(decision.reason)));
      return;
    case proxy::DecisionKind::kNoHost:
      add_event(progress.span, at, SpanEventKind::kNoHost, "no healthy host");
      return;
    case proxy::DecisionKind::kTimeout:
      add_event(progress.span, at, SpanEventKind::kTimeout,
                (static_cast<proxy::TimeoutCause>(decision.reason) == proxy::TimeoutCause::kRoute
                     ? "timeout of the route after "
                     : "idle timeout after ") +
                    words_for(length));
      return;
    case proxy::DecisionKind::kFaultDelay:
      add_event(progress.span, at, SpanEventKind::kFault, "held for " + words_for(length));
      progress.attempt_from = at + length;
      return;
    case proxy::DecisionKind::kFaultAbort:
      add_event(progress.span, at, SpanEventKind::kFault,
                "aborted with " + std::to_string(decision.status));
      return;
  }
}

}  // namespace shaketable::engine
