#include "engine/sim/trace_builder.h"

#include <algorithm>
#include <numeric>
#include <tuple>

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
