#include "proxy/core/sidecar.h"

#include <algorithm>
#include <utility>

#include "proxy/core/sidecar_inl.h"
#include "proxy/telemetry/response_flags.h"

namespace shaketable::proxy {
namespace {

using StreamHandle = SlotMap<ActiveStream>::Handle;
using ConnectionHandle = SlotMap<UpstreamConnection>::Handle;

}  // namespace

Sidecar::Sidecar(Worker& worker, std::uint32_t id, std::shared_ptr<CompiledConfig> config,
                 const Rng& master, Instant start)
    : worker_(worker),
      config_(config.get()),
      id_(id),
      lb_rng_(master.stream("lb", id)),
      retry_rng_(master.stream("retry-jitter", id)),
      fault_rng_(master.stream("fault", id)),
      route_rng_(master.stream("route", id)),
      outlier_rng_(master.stream("outlier", id)),
      owner_(std::move(config)),
      start_(start) {
  clusters_.resize(config_->config().clusters.size());
  worker_.attach(*this);
}

Sidecar::~Sidecar() {
  // Whatever is still under way ends without a word: the proxy is gone.
  for (std::size_t slot = 0; slot < worker_.streams.slot_count(); ++slot) {
    const StreamHandle handle = worker_.streams.handle_at(slot);
    if (handle.is_valid() && worker_.streams[handle.slot].proxy == id_) {
      worker_.streams[handle.slot].attempt_state = UpstreamRequest::State::kNone;
      end_stream(handle.slot);
    }
  }
  for (std::size_t slot = 0; slot < worker_.connections.slot_count(); ++slot) {
    const ConnectionHandle handle = worker_.connections.handle_at(slot);
    if (handle.is_valid() && worker_.connections[handle.slot].cluster->proxy() == id_) {
      worker_.deadlines.cancel(worker_.connections[handle.slot].connect_timeout);
      worker_.connections.erase_slot(handle.slot);
    }
  }
  worker_.detach(*this);
}

std::uint64_t Sidecar::draws() const {
  return lb_rng_.draws() + retry_rng_.draws() + fault_rng_.draws() + route_rng_.draws() +
         outlier_rng_.draws();
}

// ---- downstream -------------------------------------------------------------------------------

StreamId Sidecar::on_request(Instant now, Direction direction, const RequestHead& head,
                             std::uint64_t token) {
  const CompiledRoute* route = config_->route(direction, head);
  const StreamHandle handle = worker_.streams.emplace();
  ActiveStream& stream = worker_.streams[handle.slot];
  begin_stream(stream, route, token);
  stream.replayable = head.replayable;
  if (route == nullptr) [[unlikely]] {
    reply(handle.slot, 404, kFlagNoRouteFound);
    return handle.packed();
  }
  // Filters in their order; each may answer or pause. Policies to come stand before the fault
  // filter (rbac) and behind it (rate limits).
  if (route->has_fault && (start_fault_delay(now, handle.slot) || abort_by_fault(now, handle.slot)))
      [[unlikely]] {
    return handle.packed();
  }
  route_request(now, handle.slot, stream);
  return handle.packed();
}

bool Sidecar::start_fault_delay(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  const FaultPolicy& fault = *stream.route->route.fault;
  if (fault.fixed_delay <= Duration::zero() || !fault_rng_.chance_ppm(fault.delay_ppm) ||
      active_faults_ >= fault.max_active_faults) {
    return false;
  }
  ++active_faults_;
  stream.set(kHoldsFault);
  stream.flags |= kFlagDelayInjected;
  stream.state = ActiveStream::State::kDelayed;
  tell(stream, {.at = now,
                .a = static_cast<std::uint64_t>(fault.fixed_delay.count()),
                .kind = DecisionKind::kFaultDelay});
  stream.step =
      worker_.deadlines.arm(now, fault.fixed_delay, timer_payload(TimerKind::kStreamPause, slot));
  return true;
}

bool Sidecar::abort_by_fault(Instant now, std::uint32_t slot) {
  const FaultPolicy& fault = *worker_.streams[slot].route->route.fault;
  if (!fault_rng_.chance_ppm(fault.abort_ppm) || active_faults_ >= fault.max_active_faults) {
    return false;
  }
  tell(worker_.streams[slot],
       {.at = now, .kind = DecisionKind::kFaultAbort, .status = fault.abort_status});
  reply(slot, fault.abort_status, kFlagFaultInjected);
  return true;
}

void Sidecar::route_after_delay(Instant now, std::uint32_t slot) {
  if (!abort_by_fault(now, slot)) {
    route_request(now, slot, worker_.streams[slot]);
  }
}

/// The route sends the request nowhere.
void Sidecar::reply_by_route(std::uint32_t slot) {
  const Route& route = worker_.streams[slot].route->route;
  if (route.action == Route::Action::kRedirect) {
    reply(slot, route.redirect.value_or(Redirect{}).status, 0);
  } else {
    reply(slot, route.direct_response.value_or(DirectResponse{}).status, 0);
  }
}

ClusterIndex Sidecar::pick_cluster(const CompiledRoute& route) {
  if (route.total_weight == 0) {
    return kNoCluster;
  }
  std::uint64_t point = route_rng_.below(route.total_weight);
  for (const WeightedCluster& cluster : route.route.clusters) {
    if (point < cluster.weight) {
      return cluster.cluster;
    }
    point -= cluster.weight;
  }
  return route.route.clusters.back().cluster;
}

void Sidecar::on_downstream_reset(Instant now, StreamId id) {
  const StreamHandle handle = StreamHandle::unpack(id);
  if (!worker_.streams.contains(handle)) {
    return;
  }
  abandon_attempt(now, handle.slot);
  end_stream(handle.slot);
  handle_failures(now);
}

void Sidecar::on_not_replayable(StreamId id) {
  if (ActiveStream* stream = worker_.streams.find(StreamHandle::unpack(id))) {
    stream->replayable = false;
  }
}

// ---- ends -------------------------------------------------------------------------------------

void Sidecar::reply(std::uint32_t slot, std::uint16_t status, std::uint32_t flag) {
  ActiveStream& stream = worker_.streams[slot];
  stream.flags |= flag;
  add_action(ActionKind::kLocalReply, stream, status);
  end_stream(slot);
}

void Sidecar::reset_downstream(std::uint32_t slot, std::uint32_t flag) {
  ActiveStream& stream = worker_.streams[slot];
  stream.flags |= flag;
  add_action(ActionKind::kResetDownstream, stream, 0);
  end_stream(slot);
}

void Sidecar::end_stream(std::uint32_t slot) {
  release_stream(worker_.streams[slot]);
  worker_.streams.erase_slot(slot);
}

}  // namespace shaketable::proxy
