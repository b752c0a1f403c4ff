#include <algorithm>
#include <string>
#include <string_view>

#include "engine/sim/simulator.h"
#include "proxy/core/matcher.h"
#include "proxy/telemetry/response_flags.h"

/// Between applications: the proxies' decisions and the network's delays.
namespace shaketable::engine {
namespace {

/// What a proxy sees of a stream that was reset by a host with these flags.
proxy::ResetReason reason_of(std::uint32_t flags) {
  if ((flags & proxy::kFlagUpstreamConnectionTermination) != 0) {
    return proxy::ResetReason::kConnectionTermination;
  }
  return (flags & proxy::kFlagUpstreamConnectionFailure) != 0 ? proxy::ResetReason::kConnectFailure
                                                              : proxy::ResetReason::kRemoteReset;
}

}  // namespace

proxy::Sidecar& Simulator::sidecar(std::uint32_t index) {
  if (sidecars_[index] == nullptr) [[unlikely]] {
    const ServiceIndex service = instances_[index].place.service;
    const std::uint32_t push = pushed_to_[index];
    const Workload& workload = push == kNone ? workloads_[service] : pushed_[push][service];
    sidecars_[index] =
        std::make_unique<proxy::Sidecar>(worker_, index, workload.config, master_, now());
  }
  return *sidecars_[index];
}

// ---- actions ----------------------------------------------------------------------------------

void Simulator::carry_out_actions() {
  // Carrying one out may give an input, which appends: the list is read by index until its end.
  proxy::ActionList& actions = worker_.actions();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const proxy::Action action = actions[i];
    carry_out(action);
  }
  actions.clear();
}

void Simulator::carry_out(const proxy::Action& action) {
  switch (action.kind) {
    case proxy::ActionKind::kOpenConnection:
      open_connection(action);
      return;
    case proxy::ActionKind::kCloseConnection:
      close_connection(action);
      return;
    case proxy::ActionKind::kSendRequest:
      send_attempt(action);
      return;
    case proxy::ActionKind::kCancelAttempt:
      deliver_cancel(action);
      return;
    case proxy::ActionKind::kForwardResponse:
    case proxy::ActionKind::kLocalReply:
    case proxy::ActionKind::kResetDownstream:
      end_stream(action);
      return;
  }
}

void Simulator::open_connection(const proxy::Action& action) {
  if (action.host == kLocalHost) {
    sidecars_[action.proxy]->on_connected(now(), action.connection);
    return;
  }
  const auto slot = static_cast<std::uint32_t>(action.connection);
  if (connections_.size() <= slot) {
    connections_.resize(slot + 1);
  }
  connections_[slot] = {action.connection, action.proxy, action.host};
  // TCP takes a round trip, TLS 1.3 another one; each message meets what the network is then.
  const bool tls = scenario_.mesh.network.tls && has_sidecar(action.host);
  Duration handshake{0};
  for (int trip = 0; trip < (tls ? 2 : 1); ++trip) {
    const Duration there = link_delay(action.proxy, action.host);
    const Duration back = link_delay(action.host, action.proxy);
    if (there < Duration::zero() || back < Duration::zero()) {
      return;  // the connect timeout will tell
    }
    handshake += there + back;
  }
  kernel_.schedule(now() + handshake, {.kind = static_cast<std::uint8_t>(SimEvent::kConnectDone),
                                       .target = action.proxy,
                                       .arg = action.connection});
}

void Simulator::on_connect_done(const Event& event) {
  if (sidecars_[event.target] == nullptr) {
    return;
  }
  const ConnectionEnds& ends = connections_[static_cast<std::uint32_t>(event.arg)];
  if (ends.id != event.arg) {
    return;
  }
  if (instances_[ends.callee].up) {
    sidecars_[event.target]->on_connected(now(), event.arg);
  } else {
    sidecars_[event.target]->on_connect_failed(now(), event.arg);
  }
}

void Simulator::close_connection(const proxy::Action& action) {
  if (action.host != kLocalHost) {
    connections_[static_cast<std::uint32_t>(action.connection)].id = 0;
  }
}

void Simulator::send_attempt(const proxy::Action& action) {
  if ((action.token & kInboundToken) != 0) {
    const VisitMap::Handle visit = VisitMap::Handle::unpack(action.token & ~kInboundToken);
    ASSERT(visits_.contains(visit));
    visits_[visit.slot].local = action.attempt;
    worker_.set_attempt_token(action.attempt, action.token);
    enter_application(visit.slot);
    return;
  }
  const CallMap::Handle call = CallMap::Handle::unpack(action.token);
  const bool is_mirror = (action.flags & proxy::kSendMirror) != 0;
  if (!calls_.contains(call)) {
    if (is_mirror) {
      // It waited for a connection for longer than its original took: nobody knows any more what to
      // send. It ends at once, so that it does not hold its connection for ever.
      sidecars_[action.proxy]->on_response(now(), action.attempt, proxy::ResponseHead{});
    }
    return;
  }
  const VisitId visit = new_visit(calls_[call.slot], is_mirror ? 0 : action.token, action.host);
  Visit& sent = visits_[VisitMap::Handle::unpack(visit).slot];
  sent.attempt = action.attempt;
  worker_.set_attempt_token(action.attempt, visit);
  if (has_rewrites_) [[unlikely]] {
    const proxy::Route* route = worker_.route_of(action.attempt);
    if (route != nullptr && route->rewrite.has_value()) {
      apply_rewrite(*route, sent);
    }
  }
  send_request(visit, action.proxy, action.host);
}

void Simulator::deliver_cancel(const proxy::Action& action) {
  const VisitMap::Handle visit = VisitMap::Handle::unpack(action.token & ~kInboundToken);
  if (!visits_.contains(visit)) {
    return;
  }
  if (action.host == kLocalHost) {
    visits_[visit.slot].local = 0;
    if (visits_[visit.slot].stream == 0) {
      cancel_visit(visit.slot);
    }  // else the proxy gave up by itself: its answer follows, see end_stream
  } else {
    send_message(SimEvent::kCancelArrives, visit.packed(), action.proxy, action.host, now());
  }
}

void Simulator::end_stream(const proxy::Action& action) {
  if ((action.token & kInboundToken) == 0) {
    end_call(
        action.token,
        action.kind == proxy::ActionKind::kResetDownstream ? std::uint16_t{503} : action.status,
        action.flags, action.attempts);
    return;
  }
  VisitMap::Handle handle = VisitMap::Handle::unpack(action.token & ~kInboundToken);
  if (!visits_.contains(handle)) {
    return;
  }
  if (visits_[handle.slot].state != Visit::State::kAnswering &&
      visits_[handle.slot].state != Visit::State::kAtProxy) {
    const std::uint32_t working = handle.slot;
    handle = detach_transport(working);
    cancel_visit(working);
  }
  Visit& visit = visits_[handle.slot];
  visit.stream = 0;
  visit.status = action.status;
  visit.flags = action.flags;
  visit.was_reset = action.kind == proxy::ActionKind::kResetDownstream;
  send_response(handle.packed());
}

/// The proxy answered while the application is still at it: the answer travels as a visit of its
/// own, and nobody waits for the application any more.
VisitMap::Handle Simulator::detach_transport(std::uint32_t visit) {
  const VisitMap::Handle answer = visits_.insert(visits_[visit]);
  Visit& working = visits_[visit];
  Visit& leaving = visits_[answer.slot];
  leaving.state = Visit::State::kAnswering;
  leaving.admitted = leaving.is_hanging = false;
  leaving.waiting_for = 0;
  leaving.pending = 0;
  leaving.local = 0;
  working.cancelled = true;
  working.attempt = 0;
  working.call = 0;
  working.stream = 0;
  if (leaving.attempt != 0) {
    worker_.set_attempt_token(leaving.attempt, answer.packed());
  }
  const CallMap::Handle call = CallMap::Handle::unpack(leaving.call);
  if (calls_.contains(call) && calls_[call.slot].direct != 0) {
    calls_[call.slot].direct = answer.packed();
  }
  return answer;
}

// ---- messages ---------------------------------------------------------------------------------

VisitId Simulator::new_visit(const Call& call, CallId call_id, std::uint32_t callee) {
  const Place& place = instances_[callee].place;
  const VisitMap::Handle handle = visits_.emplace();
  Visit& visit = visits_[handle.slot];
  visit = Visit{};
  visit.call = call_id;
  visit.caller_instance = call.caller_instance;
  visit.caller_generation =
      call.caller_instance == kNone ? 0 : instances_[call.caller_instance].generation;
  visit.instance = callee;
  visit.instance_generation = instances_[callee].generation;
  visit.endpoint = call.endpoint;
  visit.headers = call.headers;
  if (place.service != call.service) [[unlikely]] {
    find_endpoint_elsewhere(call, visit);
  } else {
    visit.plan = plans_.plan_of(scenario_.mesh, place.service, place.version,
                                call.endpoint - plans_.first_endpoint[place.service]);
  }
  return handle.packed();
}

/// A rewrite changes the path that the callee gets, and with it the endpoint that serves it.
void Simulator::apply_rewrite(const proxy::Route& route, Visit& visit) const {
  const Place& place = instances_[visit.instance].place;
  const proxy::RequestHead& head = shapes_.head(visit.endpoint, visit.headers);
  const std::string path = proxy::rewritten_path(*route.rewrite, route.match.path, head.path);
  const std::string_view bare = std::string_view(path).substr(0, path.find('?'));
  if (bare == head.path.substr(0, head.path.find('?'))) {
    return;
  }
  const std::vector<Endpoint>& endpoints =
      scenario_.mesh.services[place.service].versions[place.version].endpoints;
  const auto found =
      std::find_if(endpoints.begin(), endpoints.end(), [&](const Endpoint& endpoint) {
        return endpoint.method == head.method && endpoint.path == bare;
      });
  visit.is_unknown = found == endpoints.end();
  if (!visit.is_unknown) {
    const auto endpoint = static_cast<EndpointIndex>(found - endpoints.begin());
    visit.endpoint = plans_.first_endpoint[place.service] + endpoint;
    visit.plan = plans_.plan_of(scenario_.mesh, place.service, place.version, endpoint);
  }
}

/// A route may send a request to another service than the one it names (a mirror often does): the
/// endpoint of the same name serves it there.
void Simulator::find_endpoint_elsewhere(const Call& call, Visit& visit) const {
  const Place& place = instances_[visit.instance].place;
  const Service& named = scenario_.mesh.services[call.service];
  const EndpointIndex endpoint =
      find_endpoint(scenario_.mesh.services[place.service],
                    named.endpoint_names[call.endpoint - plans_.first_endpoint[call.service]]);
  if (endpoint == kNone) {
    visit.is_unknown = true;
    return;
  }
  visit.endpoint = plans_.first_endpoint[place.service] + endpoint;
  visit.plan = plans_.plan_of(scenario_.mesh, place.service, place.version, endpoint);
}

Duration Simulator::link_delay(std::uint32_t from, std::uint32_t to) {
  static constexpr Place kClients{};
  const Place& to_place = to == kNone ? kClients : instances_[to].place;
  Place from_place = from == kNone ? kClients : instances_[from].place;
  Place target = to_place;
  // Clients are near whom they call.
  if (from == kNone) {
    from_place.zone = target.zone;
  }
  if (to == kNone) {
    target.zone = from_place.zone;
  }
  proxy::Rng& rng = from == kNone ? load_rng_ : instances_[from].network_rng;
  return network_.delay(now(), from_place, target, rng);
}

Instant Simulator::through_proxy(std::uint32_t index) {
  Instance& instance = instances_[index];
  return instance.proxy_cpu.serve(now(), instance.proxy_work) + instance.proxy_latency;
}

void Simulator::send_message(SimEvent kind, VisitId id, std::uint32_t from, std::uint32_t to,
                             Instant departure) {
  const EventBody body{
      .kind = static_cast<std::uint8_t>(kind), .target = to == kNone ? kNone : to, .arg = id};
  const bool same_zone =
      from == kNone || to == kNone || instances_[from].place.zone == instances_[to].place.zone;
  if (!network_.is_plain(same_zone)) {
    const Duration delay = link_delay(from, to);
    if (delay >= Duration::zero()) {
      kernel_.schedule(departure + delay, body);
    } else if (kind != SimEvent::kCancelArrives) {
      free_visit(VisitMap::Handle::unpack(id).slot);  // it never gets there
    }
    return;
  }
  const Duration offset = departure - now();
  if (offset == Duration::zero()) {
    kernel_.schedule_after(plain_[same_zone ? 1 : 0].lane, body);
  } else if (offset == usual_cost_) {
    kernel_.schedule_after(proxied_[same_zone ? 1 : 0].lane, body);
  } else {
    kernel_.schedule(departure + plain_[same_zone ? 1 : 0].delay, body);
  }
}

void Simulator::send_request(VisitId id, std::uint32_t from, std::uint32_t to) {
  const Instant departure = has_sidecar(from) ? through_proxy(from) : now();
  send_message(SimEvent::kRequestArrives, id, from, to, departure);
}

void Simulator::on_request_arrives(VisitId id) {
  const VisitMap::Handle handle = VisitMap::Handle::unpack(id);
  if (!visits_.contains(handle)) {
    return;
  }
  Visit& visit = visits_[handle.slot];
  if (visit.cancelled) {
    free_visit(handle.slot);
    return;
  }
  ++hops_;
  visit.arrived = now();
  visit.state = Visit::State::kAtProxy;
  Instance& instance = instances_[visit.instance];
  if (!instance.up || visit.instance_generation != instance.generation) {
    // The host answers for what is gone: a reset, which the caller's connection sees.
    visit.was_reset = true;
    visit.status = 503;
    visit.flags = proxy::kFlagUpstreamConnectionTermination;
    visit.state = Visit::State::kAnswering;
    send_message(SimEvent::kResponseArrives, id, visit.instance, visit.caller_instance, now());
    return;
  }
  if (!instance.has_sidecar) {
    enter_application(handle.slot);
    return;
  }
  const Instant ready = through_proxy(visit.instance);
  if (ready == now()) {
    on_request_ready(id);
    return;
  }
  const EventBody body{.kind = static_cast<std::uint8_t>(SimEvent::kRequestReady),
                       .target = visit.instance,
                       .arg = id};
  if (ready - now() == usual_cost_) {
    kernel_.schedule_after(usual_lane_, body);
  } else {
    kernel_.schedule(ready, body);
  }
}

void Simulator::on_request_ready(VisitId id) {
  const VisitMap::Handle handle = VisitMap::Handle::unpack(id);
  if (!visits_.contains(handle)) {
    return;
  }
  const Visit& visit = visits_[handle.slot];
  if (visit.cancelled) {
    free_visit(handle.slot);
    return;
  }
  const proxy::StreamId stream =
      sidecar(visit.instance)
          .on_request(now(), proxy::Direction::kInbound,
                      shapes_.head(visit.endpoint, visit.headers), id | kInboundToken);
  visits_[handle.slot].stream = stream;
}

void Simulator::send_response(VisitId id) {
  const std::uint32_t slot = VisitMap::Handle::unpack(id).slot;
  Visit& visit = visits_[slot];
  visit.state = Visit::State::kAnswering;
  const Instance& instance = instances_[visit.instance];
  if (!visit.is_unknown) [[likely]] {
    recorder_.on_served(visit.plan, outcome_of(visit.status, visit.flags), now() - visit.arrived);
  }
  const Instant departure = instance.has_sidecar ? through_proxy(visit.instance) : now();
  if (visit.caller_instance == kNone && departure == now() && has_instant_links_ &&
      network_.is_plain(true)) {
    const CallId call = visit.call;
    const std::uint16_t status = visit.status;
    const std::uint32_t flags = visit.flags;
    free_visit(slot);
    end_call(call, status, flags, 1);
    return;
  }
  send_message(SimEvent::kResponseArrives, id, visit.instance, visit.caller_instance, departure);
}

void Simulator::on_response_arrives(VisitId id) {
  const VisitMap::Handle handle = VisitMap::Handle::unpack(id);
  if (!visits_.contains(handle)) {
    return;
  }
  const Visit& visit = visits_[handle.slot];
  const std::uint32_t caller = visit.caller_instance;
  if (caller != kNone && instances_[caller].generation != visit.caller_generation) {
    free_visit(handle.slot);
    return;
  }
  if (visit.attempt == 0) {
    on_response_ready(id);
    return;
  }
  const Instant ready = through_proxy(caller);
  if (ready == now()) {
    on_response_ready(id);
    return;
  }
  const EventBody body{
      .kind = static_cast<std::uint8_t>(SimEvent::kResponseReady), .target = caller, .arg = id};
  if (ready - now() == usual_cost_) {
    kernel_.schedule_after(usual_lane_, body);
  } else {
    kernel_.schedule(ready, body);
  }
}

void Simulator::on_response_ready(VisitId id) {
  const VisitMap::Handle handle = VisitMap::Handle::unpack(id);
  if (!visits_.contains(handle)) {
    return;
  }
  const Visit& visit = visits_[handle.slot];
  const std::uint32_t caller = visit.caller_instance;
  const proxy::AttemptId attempt = visit.attempt;
  const CallId call = visit.call;
  const std::uint16_t status = visit.status;
  const std::uint32_t flags = visit.flags;
  const bool was_reset = visit.was_reset;
  free_visit(handle.slot);
  if (attempt == 0) {
    end_call(call, status, flags, 1);
  } else if (sidecars_[caller] == nullptr) {
    return;
  } else if (was_reset) {
    sidecars_[caller]->on_upstream_reset(now(), attempt, reason_of(flags));
  } else {
    proxy::ResponseHead head;
    head.status = status;
    sidecars_[caller]->on_response(now(), attempt, head);
  }
}

void Simulator::on_cancel_arrives(VisitId id) {
  const VisitMap::Handle handle = VisitMap::Handle::unpack(id);
  if (!visits_.contains(handle)) {
    return;
  }
  Visit& visit = visits_[handle.slot];
  if (visit.instance_generation != instances_[visit.instance].generation ||
      visit.state == Visit::State::kAnswering) {
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
  cancel_visit(handle.slot);
}

}  // namespace shaketable::engine
