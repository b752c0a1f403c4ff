#include "engine/sim/trace_builder.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "engine/sim/decision_words.h"
#include "engine/sim/simulator.h"

namespace shaketable::engine {

TraceBuilder::TraceBuilder(const Tracer& tracer, const OpenTrace& trace, const TraceWorld& world)
    : tracer_(tracer), rows_(trace), world_(world) {}

Trace TraceBuilder::build() {
  trace_.id_high = rows_.id_high;
  trace_.id_low = rows_.id_low;
  trace_.number = rows_.number;
  trace_.load = rows_.load;
  trace_.journey = world_.scenario.loads[rows_.load].journeys.empty() ? kNone : rows_.journey;
  trace_.reasons = rows_.reasons;
  collect();
  add_root(rows_.calls.first);
  sort_siblings();
  return std::move(trace_);
}

/// Rows are in order of time; they stay so within their owner.
void TraceBuilder::collect() {
  for (RowIndex row = rows_.calls.first; row != 0; row = tracer_.calls_[row].next) {
    calls_.emplace_back(tracer_.calls_[row].parent, row);
  }
  for (RowIndex row = rows_.hops.first; row != 0; row = tracer_.hops_[row].next) {
    hops_.emplace_back(tracer_.hops_[row].call, row);
  }
  for (RowIndex row = rows_.notes.first; row != 0; row = tracer_.notes_[row].next) {
    const NoteRow& note = tracer_.notes_[row];
    (note.is_of_hop ? hop_notes_ : call_notes_).emplace_back(note.owner, row);
  }
  for (Owned* owned : {&calls_, &hops_, &call_notes_, &hop_notes_}) {
    std::stable_sort(owned->begin(), owned->end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  }
}

std::span<const std::pair<RowIndex, RowIndex>> TraceBuilder::rows_of(const Owned& rows,
                                                                     RowIndex owner) {
  const auto first =
      std::lower_bound(rows.begin(), rows.end(), owner,
                       [](const auto& a, RowIndex wanted) { return a.first < wanted; });
  auto last = first;
  while (last != rows.end() && last->first == owner) {
    ++last;
  }
  return {first, last};
}

std::uint32_t TraceBuilder::add(const Span& span) {
  trace_.spans.push_back(span);
  return static_cast<std::uint32_t>(trace_.spans.size() - 1);
}

void TraceBuilder::add_event(std::uint32_t span, Instant at, SpanEventKind kind,
                             std::string reason) {
  trace_.events.push_back({span, at, kind, std::move(reason)});
}

// ---- names ------------------------------------------------------------------------------------

void TraceBuilder::set_place(Span& span, std::uint32_t instance) const {
  if (instance != kNone) {
    span.service = world_.places[instance].service;
    span.instance = world_.places[instance].number;
  }
}

void TraceBuilder::set_peer(Span& span, std::uint32_t instance) const {
  if (instance != kNone) {
    span.peer = world_.places[instance].service;
    span.peer_instance = world_.places[instance].number;
  }
}

EndpointIndex TraceBuilder::endpoint_of(GlobalEndpoint endpoint, ServiceIndex service) const {
  return service == kNone ? kNone : endpoint - world_.plans.first_endpoint[service];
}

std::string TraceBuilder::instance_name(std::uint32_t instance) const {
  if (instance >= world_.places.size()) {
    return "a host";
  }
  const Place& place = world_.places[instance];
  return world_.scenario.mesh.services[place.service].name + '-' + std::to_string(place.number + 1);
}

Instant TraceBuilder::end_of(const CallRow& call) const {
  return call.to == kNotYet ? world_.now : call.to;
}

// ---- calls ------------------------------------------------------------------------------------

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

// ---- hops -------------------------------------------------------------------------------------

void TraceBuilder::add_hop(RowIndex row, std::uint32_t parent) {
  const HopRow& hop = tracer_.hops_[row];
  add_network(hop, parent, false);
  if (hop.arrived != kNotYet) {
    add_inbound(row, hop, parent);
  } else {
    add_hop_notes(row, parent);
  }
  add_network(hop, parent, true);
}

void TraceBuilder::add_network(const HopRow& hop, std::uint32_t parent, bool is_response) {
  const Duration cost = hop.by_sidecar ? world_.proxy_cost : Duration::zero();
  Span span;
  span.parent = parent;
  span.kind = SpanKind::kNetwork;
  span.is_response = is_response;
  if (is_response) {
    if (hop.answered == kNotYet || hop.received == kNotYet) {
      return;
    }
    span.from = hop.answer_departed;
    span.to = hop.received - cost;
    set_place(span, hop.instance);
    set_peer(span, hop.caller);
  } else {
    span.from = hop.departed != kNotYet ? hop.departed : hop.sent + cost;
    span.to = hop.arrived;
    set_place(span, hop.caller);
    set_peer(span, hop.instance);
  }
  if (span.to > span.from) {
    add(span);
  }
}

void TraceBuilder::add_inbound(RowIndex row, const HopRow& hop, std::uint32_t parent) {
  Span span;
  span.parent = parent;
  span.kind = SpanKind::kInbound;
  span.from = hop.arrived;
  set_place(span, hop.instance);
  span.endpoint = endpoint_of(hop.endpoint, span.service);
  span.status = hop.status;
  span.flags = hop.flags;
  span.outcome = hop.answered == kNotYet ? Outcome::kTimeout : outcome_of(hop.status, hop.flags);
  span.has_sidecar = world_.scenario.mesh.services[span.service].sidecar;
  span.is_cancelled = hop.was_cancelled;
  span.is_open = hop.answered == kNotYet && hop.ended == kNotYet;
  span.to = hop.answered != kNotYet ? hop.answer_departed
                                    : (hop.ended != kNotYet ? hop.ended : world_.now);
  const std::uint32_t inbound = add(span);
  add_hop_notes(row, inbound);
  if (hop.entered != kNotYet) {
    Span queue;
    queue.parent = inbound;
    queue.kind = SpanKind::kQueue;
    queue.from = hop.entered;
    queue.to = hop.begun != kNotYet ? hop.begun : span.to;
    queue.service = span.service;
    queue.instance = span.instance;
    queue.is_cancelled = hop.begun == kNotYet && hop.was_cancelled;
    queue.is_open = hop.begun == kNotYet && span.is_open;
    add(queue);
  }
  if (hop.begun != kNotYet) {
    add_application(row, hop, inbound);
  }
}

void TraceBuilder::add_application(RowIndex row, const HopRow& hop, std::uint32_t parent) {
  Span span;
  span.parent = parent;
  span.kind = SpanKind::kApplication;
  span.from = hop.begun;
  span.to =
      hop.ended != kNotYet ? hop.ended : (hop.answered != kNotYet ? hop.answered : world_.now);
  set_place(span, hop.instance);
  span.endpoint = endpoint_of(hop.endpoint, span.service);
  span.is_open = hop.ended == kNotYet && hop.answered == kNotYet;
  span.is_cancelled = hop.was_cancelled;
  const std::uint32_t application = add(span);
  std::vector<std::pair<Instant, Instant>> busy;
  for (const auto& [owner, call] : rows_of(calls_, row)) {
    busy.emplace_back(tracer_.calls_[call].from, end_of(tracer_.calls_[call]));
    add_call(call, application);
  }
  for (const auto& [owner, it] : rows_of(hop_notes_, row)) {
    const NoteRow& note = tracer_.notes_[it];
    if (note.kind != NoteRow::Kind::kWait && note.kind != NoteRow::Kind::kLoopWait) {
      continue;
    }
    Span piece;
    piece.parent = application;
    piece.kind = note.kind == NoteRow::Kind::kWait ? SpanKind::kWait : SpanKind::kQueue;
    piece.from = note.decision.at;
    piece.to = std::min(note.until, std::max(span.to, note.decision.at));
    piece.service = span.service;
    piece.instance = span.instance;
    busy.emplace_back(piece.from, piece.to);
    add(piece);
  }
  if (!busy.empty()) {
    add_work(application, std::move(busy));
  }
}

/// What lies between the calls and waits of an application is its own work. An application without
/// any is nothing but work, and says so itself.
void TraceBuilder::add_work(std::uint32_t application,
                            std::vector<std::pair<Instant, Instant>> busy) {
  std::sort(busy.begin(), busy.end());
  const Span whole = trace_.spans[application];
  Instant from = whole.from;
  busy.emplace_back(whole.to, whole.to);
  for (const auto& [begin, end] : busy) {
    if (begin > from && from < whole.to) {
      Span work;
      work.parent = application;
      work.kind = SpanKind::kWork;
      work.from = from;
      work.to = std::min(begin, whole.to);
      work.service = whole.service;
      work.instance = whole.instance;
      add(work);
    }
    from = std::max(from, end);
  }
}

void TraceBuilder::add_hop_notes(RowIndex row, std::uint32_t span) {
  const HopRow& hop = tracer_.hops_[row];
  if (hop.was_cancelled && hop.arrived != kNotYet) {
    add_event(span, hop.cancelled, SpanEventKind::kCancelled,
              "nobody waits for the answer any more");
  }
  for (const auto& [owner, it] : rows_of(hop_notes_, row)) {
    const NoteRow& note = tracer_.notes_[it];
    const Instant at = note.decision.at;
    switch (note.kind) {
      case NoteRow::Kind::kQueueFull:
        add_event(span, at, SpanEventKind::kQueueFull, "no place left for requests");
        break;
      case NoteRow::Kind::kLost:
        add_event(span, at, SpanEventKind::kLost, "the message never arrived");
        break;
      case NoteRow::Kind::kFault: {
        const auto fault = static_cast<std::size_t>(note.decision.a);
        const std::vector<Fault>& faults = world_.scenario.faults;
        const std::string name =
            fault < faults.size() ? "fault " + faults[fault].name : "an injected fault";
        add_event(span, at, SpanEventKind::kFault, name);
        break;
      }
      case NoteRow::Kind::kDecision:
        if (note.decision.kind == proxy::DecisionKind::kTimeout) {
          add_event(span, at, SpanEventKind::kTimeout,
                    "the host's own sidecar gave up after " +
                        words_for(Duration(static_cast<std::int64_t>(note.decision.a))));
        } else if (note.decision.kind == proxy::DecisionKind::kOverflow) {
          add_event(span, at, SpanEventKind::kOverflow, words_for_overflow(note.decision));
        }
        break;
      case NoteRow::Kind::kWait:
      case NoteRow::Kind::kLoopWait:
      case NoteRow::Kind::kHostsSkipped:
      case NoteRow::Kind::kClientTimeout:
      case NoteRow::Kind::kCancelled:
      case NoteRow::Kind::kNobodyUp:
        break;
    }
  }
}

// ---- order ------------------------------------------------------------------------------------

/// Puts the spans into the order of a reader: each behind its parent, siblings by time.
void TraceBuilder::sort_siblings() {
  const std::vector<Span> spans = std::move(trace_.spans);
  // All children in one list: those of a parent together, the latest first, as a stack wants them.
  std::vector<std::uint32_t> children;
  std::vector<std::uint32_t> first_child(spans.size() + 1);
  children.reserve(spans.size());
  for (std::uint32_t i = 1; i < spans.size(); ++i) {
    children.push_back(i);
    ++first_child[spans[i].parent + 1];
  }
  std::sort(children.begin(), children.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(spans[a].parent, spans[b].from, b) <
           std::tuple(spans[b].parent, spans[a].from, a);
  });
  std::partial_sum(first_child.begin(), first_child.end(), first_child.begin());
  std::vector<std::uint32_t> places(spans.size());
  std::vector<std::uint32_t> stack{0};
  trace_.spans = {};
  trace_.spans.reserve(spans.size());
  while (!stack.empty()) {
    const std::uint32_t index = stack.back();
    stack.pop_back();
    places[index] = static_cast<std::uint32_t>(trace_.spans.size());
    Span span = spans[index];
    span.parent = index == 0 ? kNone : places[span.parent];
    trace_.spans.push_back(span);
    stack.insert(stack.end(), children.begin() + first_child[index],
                 children.begin() + first_child[index + 1]);
  }
  for (SpanEvent& event : trace_.events) {
    event.span = places[event.span];
  }
  std::stable_sort(trace_.events.begin(), trace_.events.end(),
                   [](const SpanEvent& a, const SpanEvent& b) { return a.at < b.at; });
}

}  // namespace shaketable::engine
