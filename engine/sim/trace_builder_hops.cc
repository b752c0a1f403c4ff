#include <algorithm>

#include "engine/sim/decision_words.h"
#include "engine/sim/simulator.h"
#include "engine/sim/trace_builder.h"

// What an attempt met on its way: network, sidecar, queue and application of a host.
namespace shaketable::engine {

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

}  // namespace shaketable::engine
