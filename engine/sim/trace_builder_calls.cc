#include <algorithm>

#include "engine/sim/simulator.h"
#include "engine/sim/trace_builder.h"

// Calls, and their attempts in the order in which they followed each other.
namespace shaketable::engine {

void TraceBuilder::add_root(RowIndex row) {
  const CallRow& call = tracer_.calls_[row];
  Span span;
  span.kind = SpanKind::kClient;
  span.from = call.from;
  span.to = end_of(call);
  span.peer = call.service;
  span.endpoint = endpoint_of(call.endpoint, call.service);
  span.status = call.status;
  span.flags = call.flags;
  span.outcome = outcome_of(call.status, call.flags);
  span.attempt = call.attempts;
  span.is_open = call.to == kNotYet;
  const std::uint32_t root = add(span);
  for (const auto& [owner, hop] : rows_of(hops_, row)) {
    trace_.spans[root].peer_instance = world_.places[tracer_.hops_[hop].instance].number;
    add_hop(hop, root);
  }
  Progress progress{.span = root};
  for (const auto& [owner, note] : rows_of(call_notes_, row)) {
    add_call_note(call, tracer_.notes_[note], progress);
  }
}

void TraceBuilder::add_call(RowIndex row, std::uint32_t parent) {
  const CallRow& call = tracer_.calls_[row];
  Span span;
  span.parent = parent;
  span.kind = SpanKind::kCall;
  span.from = call.from;
  span.to = end_of(call);
  set_place(span, call.caller);
  span.peer = call.service;
  span.endpoint = endpoint_of(call.endpoint, call.service);
  span.status = call.status;
  span.flags = call.flags;
  span.outcome = outcome_of(call.status, call.flags);
  span.attempt = call.to == kNotYet ? call.sent : call.attempts;
  span.has_sidecar = call.has_sidecar;
  span.is_cancelled = call.was_abandoned;
  span.is_open = call.to == kNotYet;
  add_attempts(row, add(span));
}

/// Attempts, back-offs and waits for connections, in the order in which they followed each other.
void TraceBuilder::add_attempts(RowIndex row, std::uint32_t span) {
  const CallRow& call = tracer_.calls_[row];
  const auto hops = rows_of(hops_, row);
  const auto notes = rows_of(call_notes_, row);
  Progress progress{.span = span, .attempt_from = call.from};
  auto note = notes.begin();
  for (auto hop = hops.begin(); hop != hops.end(); ++hop) {
    const Instant sent = tracer_.hops_[hop->second].sent;
    for (; note != notes.end() && tracer_.notes_[note->second].decision.at <= sent; ++note) {
      // What ends an attempt at the moment at which it was sent comes after it.
      if (tracer_.notes_[note->second].decision.at == sent && progress.attempt_from <= sent &&
          !progress.is_sent) {
        break;
      }
      add_call_note(call, tracer_.notes_[note->second], progress);
    }
    const Instant next = hop + 1 == hops.end() ? end_of(call) : tracer_.hops_[hop[1].second].sent;
    add_attempt(hop->second, call, progress, next);
  }
  for (; note != notes.end(); ++note) {
    add_call_note(call, tracer_.notes_[note->second], progress);
  }
  if (!progress.is_sent) {
    add_pending(call, progress, end_of(call));
  }
}

void TraceBuilder::add_pending(const CallRow& call, Progress& progress, Instant to) {
  if (to <= progress.attempt_from || !call.has_sidecar) {
    return;
  }
  Span span;
  span.parent = progress.span;
  span.kind = SpanKind::kPending;
  span.from = progress.attempt_from;
  span.to = to;
  set_place(span, call.caller);
  span.peer = call.service;
  add(span);
}

/// When the caller knew that the attempt was over.
Instant TraceBuilder::end_of_attempt(const HopRow& hop, const CallRow& call, Instant next) const {
  if (hop.received != kNotYet) {
    return hop.received;
  }
  return hop.cancelled != kNotYet ? hop.cancelled : std::min(next, end_of(call));
}

void TraceBuilder::add_attempt(RowIndex row, const CallRow& call, Progress& progress,
                               Instant next) {
  const HopRow& hop = tracer_.hops_[row];
  const bool is_mirror = hop.attempt == 0;
  if (!is_mirror) {
    add_pending(call, progress, hop.sent);
  }
  Span span;
  span.parent = progress.span;
  span.kind = SpanKind::kAttempt;
  span.from = hop.sent;
  span.to = std::max(hop.sent, end_of_attempt(hop, call, next));
  set_place(span, hop.caller);
  set_peer(span, hop.instance);
  span.endpoint = endpoint_of(hop.endpoint, span.peer);
  const bool has_answer = hop.received != kNotYet;
  span.status = has_answer && !hop.was_reset ? hop.status : std::uint16_t{0};
  span.flags = has_answer ? hop.flags : 0U;
  span.outcome = has_answer ? outcome_of(hop.status, hop.flags)
                            : (hop.was_cancelled ? Outcome::kTimeout : Outcome::kConnection);
  span.attempt = hop.attempt;
  span.is_mirror = is_mirror;
  span.has_sidecar = hop.by_sidecar;
  span.is_cancelled = hop.was_cancelled && !has_answer;
  span.is_open = !has_answer && !hop.was_cancelled && call.to == kNotYet;
  const std::uint32_t attempt = add(span);
  if (is_mirror) {
    add_event(progress.span, hop.sent, SpanEventKind::kMirror,
              "a copy went to " + instance_name(hop.instance));
  } else {
    progress.is_sent = true;
    progress.last_attempt = attempt;
  }
  add_hop(row, attempt);
}

}  // namespace shaketable::engine
