#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "engine/sim/simulator_inl.h"
#include "proxy/core/matcher.h"

/// Proxies: connections, cancellations, answers that come before their time, and routes that lead
/// elsewhere.
namespace shaketable::engine {

/// The first use of a sidecar makes it.
proxy::Sidecar& Simulator::make_sidecar(std::uint32_t index) {
  const ServiceIndex service = instances_[index].place.service;
  const std::uint32_t push = pushed_to_[index];
  const Workload& workload = push == kNone ? workloads_[service] : pushed_[push][service];
  sidecars_[index] =
      std::make_unique<proxy::Sidecar>(worker_, index, workload.config, master_, now());
  return *sidecars_[index];
}

void Simulator::carry_out_rare(proxy::Action action) {
  switch (action.kind) {
    case proxy::ActionKind::kOpenConnection:
      open_connection(action);
      return;
    case proxy::ActionKind::kCloseConnection:
      close_connection(action);
      return;
    case proxy::ActionKind::kCancelAttempt:
      deliver_cancel(action);
      return;
    case proxy::ActionKind::kSendRequest:
    case proxy::ActionKind::kForwardResponse:
    case proxy::ActionKind::kLocalReply:
    case proxy::ActionKind::kResetDownstream:
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
  // TCP takes a round trip, TLS 1.3 another one; each message meets what the network is then. A
  // connection that is not open yet waits longer before it sends again.
  Duration handshake{0};
  for (int trip = 0; trip < (has_tls(action.host) ? 2 : 1); ++trip) {
    for (const auto& [from, to] :
         {std::pair(action.proxy, action.host), std::pair(action.host, action.proxy)}) {
      const Duration way = link_delay(now() + handshake, from, to,
                                      trip == 0 ? kOpeningRetransmission : kDataRetransmission);
      if (way < Duration::zero()) {
        return;  // the connect timeout will tell
      }
      handshake += way;
    }
  }
  kernel_.schedule(now() + handshake, {.kind = static_cast<std::uint8_t>(SimEvent::kConnectDone),
                                       .target = action.proxy,
                                       .arg = action.connection});
}

void Simulator::on_connect_done(EventBody event) {
  if (sidecars_[event.target] == nullptr) {
    return;
  }
  const ConnectionEnds& ends = connections_[static_cast<std::uint32_t>(event.arg)];
  if (ends.id != event.arg) {
    return;
  }
  if (instances_[ends.callee].up && !is_handshake_refused(ends.caller, ends.callee)) {
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

/// A mirror waited for a connection for longer than its original took: nobody knows any more what
/// to send. It ends at once, so that it does not hold its connection for ever.
void Simulator::forget_attempt(const proxy::Action& action) {
  sidecars_[action.proxy]->on_response(now(), action.attempt, proxy::ResponseHead{});
}

void Simulator::deliver_cancel(const proxy::Action& action) {
  Visit* const visit = visits_.find(action.token & ~kInboundToken);
  if (visit == nullptr) {
    return;
  }
  if (is_tracing_) {
    tracer_.on_cancelled(*visit, now());
  }
  if (action.host == kLocalHost) {
    visit->local = 0;
    if (visit->stream == 0) {
      cancel_visit(*visit);
    }  // else the proxy gave up by itself: its answer follows, see end_stream
  } else {
    send_message(SimEvent::kCancelArrives, *visit, action.proxy, action.host, now());
  }
}

/// The proxy answered while the application is still at it: the answer travels as a visit of its
/// own, and nobody waits for the application any more.
Visit& Simulator::detach_transport(Visit& working) {
  Visit& leaving = visits_.emplace();
  const VisitId id = leaving.id;
  const CallId last_call = leaving.last_call;
  leaving = working;
  leaving.id = id;
  leaving.last_call = last_call;
  leaving.state = Visit::State::kAnswering;
  leaving.admitted = leaving.is_hanging = leaving.is_parallel = false;
  leaving.is_calling = false;
  leaving.local = 0;
  if (is_tracing_) {
    tracer_.share_hop(leaving, working);
  }
  working.cancelled = true;
  working.by_attempt = false;
  working.origin = 0;
  working.stream = 0;
  if (leaving.by_attempt) {
    worker_.set_attempt_token(leaving.attempt(), id);
  } else if ((leaving.origin & kLoadCall) != 0) {
    LoadCall* const call = load_calls_.find(leaving.origin & ~kLoadCall);
    if (call != nullptr && call->direct != 0) {
      call->direct = id;
    }
  } else if (Visit* const caller = find_caller(leaving.origin); caller != nullptr) {
    caller->callee = id;
  }
  cancel_visit(working);
  return leaving;
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
  }
}

/// A route may send a request to another service than the one it names (a mirror often does): the
/// endpoint of the same name serves it there.
void Simulator::find_endpoint_elsewhere(const Outgoing& call, Visit& visit) const {
  const Place& place = instances_[visit.instance].place;
  const Service& named = scenario_.mesh.services[call.service];
  const EndpointIndex endpoint =
      find_endpoint(scenario_.mesh.services[place.service],
                    named.endpoint_names[call.endpoint - plans_.first_endpoint[call.service]]);
  visit.is_unknown = endpoint == kNone;
  if (!visit.is_unknown) {
    visit.endpoint = plans_.first_endpoint[place.service] + endpoint;
  }
}

}  // namespace shaketable::engine
