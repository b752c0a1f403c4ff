#include <algorithm>

#include "engine/sim/simulator_inl.h"
#include "proxy/telemetry/response_flags.h"

/// Messages that do not take the usual time, do not arrive, or find nobody.
namespace shaketable::engine {

proxy::ResetReason reset_reason_of(std::uint32_t flags) {
  if ((flags & proxy::kFlagUpstreamConnectionTermination) != 0) {
    return proxy::ResetReason::kConnectionTermination;
  }
  return (flags & proxy::kFlagUpstreamConnectionFailure) != 0 ? proxy::ResetReason::kConnectFailure
                                                              : proxy::ResetReason::kRemoteReset;
}

Duration Simulator::link_delay(Instant departure, std::uint32_t from, std::uint32_t to,
                               const Retransmission& again) {
  proxy::Rng& rng = from == kNone ? load_rng_ : instances_[from].network_rng;
  return network_.delay(departure, link_end(from, to).place, link_end(to, from).place, rng, again);
}

/// Clients are near whom they call.
LinkEnd Simulator::link_end(std::uint32_t instance, std::uint32_t other) const {
  if (instance != kNone) {
    return {instance, instances_[instance].place};
  }
  LinkEnd client;
  client.place.zone = instances_[other].place.zone;
  return client;
}

/// Over a link that is not plain, or from a proxy that had something to wait for.
void Simulator::send_unusual(SimEvent kind, Visit& visit, std::uint32_t from, std::uint32_t to,
                             Instant departure) {
  const EventBody body{.kind = static_cast<std::uint8_t>(kind), .target = to, .arg = visit.id};
  const bool same_zone = is_same_zone(from, to);
  if (is_tracing_ && kind == SimEvent::kRequestArrives) {
    tracer_.on_departed(visit, departure);
  }
  if (!network_.narrow().are_wide(same_zone) && bytes_of(kind, visit) > 0) {
    send_through_pipes(kind, visit, from, to, departure);
    return;
  }
  if (!network_.is_plain(same_zone)) {
    const Duration delay = link_delay(now(), from, to);
    if (delay >= Duration::zero()) {
      kernel_.schedule(departure + delay, body);
    } else if (kind != SimEvent::kCancelArrives) {
      on_undeliverable(kind, visit, departure);
    }
    return;
  }
  const PlainLink& link = plain_[same_zone ? 1 : 0];
  if (departure == now()) {
    kernel_.schedule_after(link.lane, body);
  } else {
    kernel_.schedule(departure + link.delay, body);
  }
}

/// A message that was sent again until its sender gave up. Of a request the sender is who waits for
/// the answer, and learns of it; the end of a lost answer's connection reaches nobody.
void Simulator::on_undeliverable(SimEvent kind, Visit& visit, Instant departure) {
  trace_note(visit, NoteRow::Kind::kLost);
  if (kind != SimEvent::kRequestArrives) {
    free_visit(visit);
    return;
  }
  const Instant given_up = departure + NetworkModel::give_up_after();
  if (visit.by_attempt) {
    const proxy::ConnectionId connection = worker_.connection_of(visit.attempt());
    if (connection != proxy::kNoHandle) {
      kernel_.schedule(given_up, {.kind = static_cast<std::uint8_t>(SimEvent::kConnectionClosed),
                                  .target = visit.caller_instance,
                                  .arg = connection});
    }
    free_visit(visit);
    return;
  }
  visit.state = Visit::State::kAnswering;
  visit.arrived = kNotYet;  // It never does.
  visit.was_reset = true;
  visit.status = 503;
  visit.set_response_flags(proxy::kFlagUpstreamConnectionTermination);
  kernel_.schedule(given_up, {.kind = static_cast<std::uint8_t>(SimEvent::kResponseReady),
                              .target = visit.caller_instance,
                              .arg = visit.id});
}

/// The host answers for what is gone: a reset, which the caller's connection sees.
void Simulator::reject_arrival(Visit& visit) {
  visit.was_reset = true;
  visit.status = 503;
  visit.set_response_flags(proxy::kFlagUpstreamConnectionTermination);
  visit.state = Visit::State::kAnswering;
  count_lost_client(visit, Duration::zero());
  if (is_tracing_) {
    trace_answer(visit, now());
  }
  send_message(SimEvent::kResponseArrives, visit, visit.instance, visit.caller_instance, now());
}

void Simulator::on_cancel_arrives(Visit& visit) {
  if (visit.callee_is_gone || visit.state == Visit::State::kAnswering) {
    return;
  }
  if (visit.stream != 0) {
    const proxy::StreamId stream = visit.stream;
    visit.stream = 0;
    visit.cancelled = true;
    sidecar(visit.instance).on_downstream_reset(now(), stream);
    return;
  }
  if (visit.state == Visit::State::kTravelling || visit.state == Visit::State::kAtProxy) {
    visit.cancelled = true;  // freed when it gets there
    return;
  }
  cancel_visit(visit);
}

}  // namespace shaketable::engine
