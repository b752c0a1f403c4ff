#include "engine/sim/simulator.h"
#include "proxy/telemetry/response_flags.h"

/// Callers: steps of visits and requests of the load that wait for an answer.
namespace shaketable::engine {
namespace {

/// From this status on an application takes the answer for a failure of its call.
constexpr std::uint16_t kFirstFailure = 400;

}  // namespace

void Simulator::begin_call(std::uint32_t visit, const Op& op) {
  const Visit& caller = visits_[visit];
  Call call;
  call.caller = id_of(visit);
  call.start = now();
  call.caller_instance = caller.instance;
  call.edge = op.edge;
  call.endpoint = op.endpoint;
  call.service = op.service;
  call.headers = caller.headers;
  call.optional = op.optional;
  const CallId id = start_call(call, op.timeout);
  visits_[visit].waiting_for = id;
}

/// The answer comes through `end_call`, never before this returns.
CallId Simulator::start_call(const Call& call, Duration timeout) {
  const CallMap::Handle handle = calls_.insert(call);
  const CallId id = handle.packed();
  if (timeout > Duration::zero()) {
    calls_[handle.slot].timeout = client_timers_.arm(now(), timeout, id);
  }
  if (has_sidecar(call.caller_instance)) {
    const proxy::StreamId stream = sidecar(call.caller_instance)
                                       .on_request(now(), proxy::Direction::kOutbound,
                                                   shapes_.head(call.endpoint, call.headers), id);
    calls_[handle.slot].stream = stream;
  } else {
    start_direct_call(id);
  }
  return id;
}

/// Without a sidecar: the platform's service address, round robin over what it takes for alive.
void Simulator::start_direct_call(CallId id) {
  const std::uint32_t slot = CallMap::Handle::unpack(id).slot;
  const ServiceIndex service = calls_[slot].service;
  const std::vector<std::uint32_t>& up = up_[service];
  if (up.empty()) {
    calls_[slot].refused = true;
    client_timers_.cancel(calls_[slot].timeout);
    calls_[slot].timeout = client_timers_.arm_irregular(now(), id);
    return;
  }
  std::uint32_t& next = next_direct_[service];
  next = next >= up.size() ? 0 : next;
  const std::uint32_t callee = up[next++];
  const VisitId visit = new_visit(calls_[slot], id, callee);
  calls_[slot].direct = visit;
  if (calls_[slot].load != kNone && has_instant_links_ && network_.is_plain(true)) {
    on_request_arrives(visit);  // a client at the door: nothing lies between
    return;
  }
  send_request(visit, calls_[slot].caller_instance, callee);
}

void Simulator::end_call(CallId id, std::uint16_t status, std::uint32_t flags,
                         std::uint32_t attempts) {
  const CallMap::Handle handle = CallMap::Handle::unpack(id);
  if (!calls_.contains(handle)) {
    return;
  }
  const Call call = calls_[handle.slot];
  client_timers_.cancel(call.timeout);
  calls_.erase_slot(handle.slot);
  if (call.load != kNone) {
    end_load_request(call, status, flags);
    return;
  }
  recorder_.on_called(call.edge, outcome_of(status, flags), now() - call.start,
                      attempts > 1 ? attempts - 1 : 0);
  const VisitMap::Handle caller = VisitMap::Handle::unpack(call.caller);
  if (!visits_.contains(caller)) {
    return;
  }
  visits_[caller.slot].waiting_for = 0;
  if (status >= kFirstFailure && !call.optional) {
    visits_[caller.slot].failure = status == 504 ? std::uint16_t{504} : std::uint16_t{502};
  }
  run_visit(caller.slot);
}

void Simulator::on_call_timeout(CallId id) {
  const CallMap::Handle handle = CallMap::Handle::unpack(id);
  if (!calls_.contains(handle)) {
    return;
  }
  calls_[handle.slot].timeout = {};
  if (calls_[handle.slot].refused) {
    end_call(id, 503, proxy::kFlagUpstreamConnectionFailure, 1);
    return;
  }
  abandon_call(id);
  end_call(id, 504, proxy::kFlagUpstreamRequestTimeout, 1);
}

/// Whoever waited goes away; what is under way upstream is told.
void Simulator::abandon_call(CallId id) {
  const Call& call = calls_.at(CallMap::Handle::unpack(id));
  if (call.stream != 0) {
    sidecar(call.caller_instance).on_downstream_reset(now(), call.stream);
    return;
  }
  const VisitMap::Handle visit = VisitMap::Handle::unpack(call.direct);
  if (visits_.contains(visit)) {
    send_message(SimEvent::kCancelArrives, call.direct, call.caller_instance,
                 visits_[visit.slot].instance, now());
  }
}

}  // namespace shaketable::engine
