#include <vector>

#include "engine/sim/simulator_inl.h"

/// What the tracer is told. Nothing here changes what happens.
namespace shaketable::engine {

void Simulator::start_tracing() {
  is_tracing_ = tracer_.is_on();
  if (is_tracing_) {
    worker_.decisions().turn_on();
  }
}

/// The calls and requests that they are about must still be there: before any of them ends.
void Simulator::read_decisions() {
  if (worker_.decisions().empty()) [[likely]] {
    return;
  }
  for (const proxy::Decision& decision : worker_.decisions().decisions()) {
    if ((decision.token & kInboundToken) != 0) {
      const Visit* const visit = visits_.find(decision.token & ~kInboundToken);
      if (visit != nullptr) {
        tracer_.note_hop(tracer_.hop_of(*visit), NoteRow::Kind::kDecision, decision);
      }
    } else if (const Visit* const caller = find_caller(decision.token); caller != nullptr) {
      tracer_.note_call(tracer_.call_of(*caller), NoteRow::Kind::kDecision, decision);
    }
  }
  worker_.decisions().clear();
}

void Simulator::trace_call(const Visit& caller, const Op& op) {
  tracer_.begin_call(caller, op, now(), has_sidecar(caller.instance));
}

void Simulator::trace_call_end(const Visit& caller, std::uint16_t status, std::uint32_t flags,
                               std::uint32_t attempts) {
  read_decisions();
  tracer_.end_call(caller, now(), status, flags, attempts);
}

/// The caller stops waiting without an answer.
void Simulator::trace_abandoned(const Visit& caller) {
  if (is_tracing_) {
    read_decisions();
    tracer_.note_call(tracer_.call_of(caller), NoteRow::Kind::kCancelled, {.at = now()});
    tracer_.abandon_call(caller, now());
  }
}

void Simulator::trace_attempt(const proxy::Action& action, const Visit& caller,
                              const Visit& visit) {
  const RowIndex call = tracer_.call_of(caller);
  const bool is_mirror = (action.flags & proxy::kSendMirror) != 0;
  tracer_.begin_hop(visit, call, now(), true, is_mirror);
  if (call == 0 || is_mirror) {
    return;
  }
  const proxy::ActiveStream* const stream = worker_.find_attempt(action.attempt);
  if (stream == nullptr || stream->cluster->ejected_count() == 0) {
    return;
  }
  const proxy::UpstreamCluster& cluster = *stream->cluster;
  tracer_.note_call(call, NoteRow::Kind::kHostsSkipped,
                    {.at = now(),
                     .a = cluster.ejected_count(),
                     .reason = static_cast<std::uint8_t>(cluster.in_panic() ? 1 : 0),
                     .status = static_cast<std::uint16_t>(cluster.host_count())});
}

/// From a caller without a sidecar.
void Simulator::trace_direct(CallId id, const Visit& visit) {
  const bool is_load = (id & kLoadCall) != 0;
  const auto slot = static_cast<std::uint32_t>(id);
  const RowIndex call =
      is_load ? tracer_.call_of_load(slot) : tracer_.call_of(visits_.at_slot(slot));
  tracer_.begin_hop(visit, call, now(), false, false);
}

void Simulator::trace_answer(const Visit& visit, Instant departure) {
  read_decisions();
  tracer_.on_answered(visit, now(), departure);
}

void Simulator::trace_note(const Visit& visit, NoteRow::Kind kind, std::uint64_t a, Instant until) {
  if (is_tracing_) {
    tracer_.note_hop(tracer_.hop_of(visit), kind, {.at = now(), .a = a}, until);
  }
}

void Simulator::trace_note_of_call(CallId id, NoteRow::Kind kind) {
  if (!is_tracing_) {
    return;
  }
  read_decisions();
  const auto slot = static_cast<std::uint32_t>(id);
  const bool is_load = (id & kLoadCall) != 0;
  const RowIndex call =
      is_load ? tracer_.call_of_load(slot) : tracer_.call_of(visits_.at_slot(slot));
  tracer_.note_call(call, kind, {.at = now()});
}

/// A request leaves the queue of its event loop, where it has been since `visit.began`.
void Simulator::trace_loop_wait(const Visit& visit) {
  if (is_tracing_ && visit.began < now()) {
    tracer_.note_hop(tracer_.hop_of(visit), NoteRow::Kind::kLoopWait, {.at = visit.began}, now());
  }
}

void Simulator::finish_traces(Tracer& tracer, RunRecord& record) {
  if (!is_tracing_) {
    return;
  }
  TraceWorld world{.scenario = scenario_,
                   .plans = plans_,
                   .places = {},
                   .proxy_cost = usual_cost_,
                   .now = now()};
  for (const Instance& instance : instances_) {
    world.places.push_back(instance.place);
  }
  tracer.finish(world, record);
}

}  // namespace shaketable::engine
