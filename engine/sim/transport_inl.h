#pragma once

#include "engine/sim/simulator.h"

/// Between applications: the proxies' actions and the messages. The usual way; the rest is in
/// sim_proxies.cc and sim_network.cc.
namespace shaketable::engine {

inline proxy::Sidecar& Simulator::sidecar(std::uint32_t index) {
  proxy::Sidecar* const known = sidecars_[index].get();
  return known != nullptr ? *known : make_sidecar(index);
}

// ---- actions ----------------------------------------------------------------------------------

[[gnu::always_inline]] inline void Simulator::carry_out_actions() {
  // Carrying one out may give an input, which appends: the list is read by index until its end, and
  // an action before anything is done.
  proxy::ActionList& actions = worker_.actions();
  if (actions.empty()) {
    return;
  }
  auto next = actions.begin() - actions.begin();
  do {
    const proxy::Action& action = actions.begin()[next];
    switch (action.kind) {
      case proxy::ActionKind::kSendRequest:
        send_attempt(action);
        break;
      case proxy::ActionKind::kForwardResponse:
      case proxy::ActionKind::kLocalReply:
      case proxy::ActionKind::kResetDownstream:
        end_stream(action);
        break;
      case proxy::ActionKind::kOpenConnection:
      case proxy::ActionKind::kCloseConnection:
      case proxy::ActionKind::kCancelAttempt:
        carry_out_rare(action);
        break;
    }
  } while (actions.begin() + ++next != actions.end());
  actions.clear();
}

[[gnu::always_inline]] inline void Simulator::send_attempt(const proxy::Action& action) {
  if ((action.token & kInboundToken) != 0) {
    Visit* const visit = visits_.find(action.token & ~kInboundToken);
    ASSERT(visit != nullptr);
    visit->local = action.attempt;
    worker_.set_attempt_token(action.attempt, action.token);
    enter_application(*visit);
    return;
  }
  const Visit* const caller = find_caller(action.token);
  if (caller == nullptr) [[unlikely]] {
    if ((action.flags & proxy::kSendMirror) != 0) {
      forget_attempt(action);
    }
    return;
  }
  Visit& visit = new_visit(action.attempt, outgoing_of(*caller), action.host);
  visit.by_attempt = true;
  worker_.set_attempt_token(action.attempt, visit.id);
  if (is_tracing_) [[unlikely]] {
    trace_attempt(action, *caller, visit);
  }
  if (has_rewrites_) [[unlikely]] {
    const proxy::Route* route = worker_.route_of(action.attempt);
    if (route != nullptr && route->rewrite.has_value()) {
      apply_rewrite(*route, visit);
    }
  }
  send_request(visit);
}

[[gnu::always_inline]] inline void Simulator::end_stream(const proxy::Action& action) {
  const bool was_reset = action.kind == proxy::ActionKind::kResetDownstream;
  std::uint16_t status = action.status;
  const std::uint32_t flags = action.flags;
  if (action.attempt == grpc_answer_.attempt) [[unlikely]] {
    status = std::exchange(grpc_answer_, GrpcAnswer{}).status;
  }
  if ((action.token & kInboundToken) == 0) {
    end_step_call(action.token, was_reset ? std::uint16_t{503} : status, flags, action.attempts);
    return;
  }
  Visit* visit = visits_.find(action.token & ~kInboundToken);
  if (visit == nullptr) [[unlikely]] {
    return;
  }
  if (visit->state != Visit::State::kAnswering && visit->state != Visit::State::kAtProxy)
      [[unlikely]] {
    visit = &detach_transport(*visit);
  }
  visit->stream = 0;
  visit->status = status;
  visit->set_response_flags(flags);
  visit->was_reset = was_reset;
  send_response(*visit);
}

// ---- messages ---------------------------------------------------------------------------------

inline Visit& Simulator::new_visit(std::uint64_t origin, const Outgoing& call,
                                   std::uint32_t callee) {
  Visit& visit = visits_.emplace();
  visit.reset();
  visit.origin = origin;
  visit.caller_instance = call.caller_instance;
  visit.instance = callee;
  visit.endpoint = call.endpoint;
  visit.headers = call.headers;
  if (service_of_[callee] != call.service) [[unlikely]] {
    find_endpoint_elsewhere(call, visit);
  }
  return visit;
}

[[gnu::always_inline]] inline void Simulator::send_message(SimEvent kind, Visit& visit,
                                                           std::uint32_t from, std::uint32_t to,
                                                           Instant departure) {
  const bool same_zone = is_same_zone(from, to);
  if (departure - now() != usual_cost_ || !network_.is_plain(same_zone)) [[unlikely]] {
    send_unusual(kind, visit, from, to, departure);
    return;
  }
  kernel_.schedule_after(proxied_[same_zone ? 1 : 0].lane,
                         {.kind = static_cast<std::uint8_t>(kind), .target = to, .arg = visit.id});
}

[[gnu::always_inline]] inline void Simulator::send_request(Visit& visit) {
  const std::uint32_t from = visit.caller_instance;
  const Instant departure = has_sidecar(from) ? through_proxy(instances_[from]) : now();
  send_message(SimEvent::kRequestArrives, visit, from, visit.instance, departure);
}

/// Through the proxy of `instance` at `ready`, which is later than now.
[[gnu::always_inline]] inline void Simulator::schedule_ready(SimEvent kind, const Visit& visit,
                                                             std::uint32_t instance,
                                                             Instant ready) {
  const EventBody body{
      .kind = static_cast<std::uint8_t>(kind), .target = instance, .arg = visit.id};
  if (ready - now() == usual_cost_) [[likely]] {
    kernel_.schedule_after(usual_lane_, body);
  } else {
    kernel_.schedule(ready, body);
  }
}

[[gnu::always_inline]] inline void Simulator::on_request_arrives(Visit& visit) {
  if (visit.cancelled) [[unlikely]] {
    free_visit(visit);
    return;
  }
  ++hops_;
  visit.arrived = now();
  visit.state = Visit::State::kAtProxy;
  Instance& instance = instances_[visit.instance];
  if (!instance.up || visit.callee_is_gone) [[unlikely]] {
    reject_arrival(visit);
    return;
  }
  if (!instance.has_sidecar) {
    enter_application(visit);
    return;
  }
  const Instant ready = through_proxy(instance);
  if (ready == now()) [[unlikely]] {
    on_request_ready(visit);
  } else {
    schedule_ready(SimEvent::kRequestReady, visit, visit.instance, ready);
  }
}

[[gnu::always_inline]] inline void Simulator::on_request_ready(Visit& visit) {
  if (visit.cancelled) [[unlikely]] {
    free_visit(visit);
    return;
  }
  visit.stream =
      sidecar(visit.instance)
          .on_request(now(), proxy::Direction::kInbound,
                      shapes_.head(visit.endpoint, visit.headers), visit.id | kInboundToken);
}

[[gnu::always_inline]] inline void Simulator::send_response(Visit& visit) {
  visit.state = Visit::State::kAnswering;
  Instance& instance = instances_[visit.instance];
  if (!visit.is_unknown) [[likely]] {
    recorder_.on_served(instance.plan_of(visit.endpoint), visit.instance,
                        outcome_of(visit.status, visit.response_flags()), visit.status,
                        now() - visit.arrived);
  }
  const Instant departure = instance.has_sidecar ? through_proxy(instance) : now();
  if (is_tracing_) [[unlikely]] {
    trace_answer(visit, departure);
  }
  if (visit.caller_instance == kNone && has_instant_links_ && departure == now() &&
      network_.is_plain(true)) {
    // A client at the door: nothing lies between.
    const CallId call = visit.call();
    const std::uint16_t status = visit.status;
    const std::uint32_t flags = visit.response_flags();
    free_visit(visit);
    end_load_call(call, status, flags);
    return;
  }
  send_message(SimEvent::kResponseArrives, visit, visit.instance, visit.caller_instance, departure);
}

[[gnu::always_inline]] inline void Simulator::on_response_ready(Visit& visit) {
  const std::uint32_t caller = visit.caller_instance;
  const bool by_attempt = visit.by_attempt;
  const std::uint64_t origin = visit.origin;
  const std::uint16_t status = visit.status;
  const std::uint32_t flags = visit.response_flags();
  const bool was_reset = visit.was_reset;
  const std::uint16_t failure = visit.failure;
  free_visit(visit);
  if (!by_attempt) {
    end_call(origin, status, flags, 1);
    return;
  }
  proxy::Sidecar* const sidecar = sidecars_[caller].get();
  if (sidecar == nullptr) [[unlikely]] {
    return;
  }
  if (was_reset) [[unlikely]] {
    sidecar->on_upstream_reset(now(), origin, reset_reason_of(flags));
    return;
  }
  proxy::ResponseHead head;
  head.status = status;
  if (status >= kFirstFailure && is_grpc_status(failure)) [[unlikely]] {
    head.status = 200;
    head.grpc_status = static_cast<std::uint8_t>(failure);
    grpc_answer_ = {.attempt = origin, .status = status};
  }
  sidecar->on_response(now(), origin, head);
}

[[gnu::always_inline]] inline void Simulator::on_response_arrives(Visit& visit) {
  if (visit.caller_is_gone) [[unlikely]] {
    free_visit(visit);
    return;
  }
  if (!visit.by_attempt) {
    on_response_ready(visit);
    return;
  }
  const std::uint32_t caller = visit.caller_instance;
  const Instant ready = through_proxy(instances_[caller]);
  if (ready == now()) [[unlikely]] {
    on_response_ready(visit);
  } else {
    schedule_ready(SimEvent::kResponseReady, visit, caller, ready);
  }
}

}  // namespace shaketable::engine
