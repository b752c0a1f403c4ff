#include "proxy/core/sidecar.h"

#include <algorithm>
#include <utility>

#include "proxy/telemetry/response_flags.h"

namespace shaketable::proxy {
namespace {

using StreamHandle = SlotMap<ActiveStream>::Handle;
using AttemptHandle = SlotMap<UpstreamRequest>::Handle;
using ConnectionHandle = SlotMap<UpstreamConnection>::Handle;

}  // namespace

Sidecar::Sidecar(Worker& worker, std::uint32_t id, std::shared_ptr<CompiledConfig> config,
                 const Rng& master, Instant start)
    : worker_(worker),
      id_(id),
      start_(start),
      lb_rng_(master.stream("lb", id)),
      retry_rng_(master.stream("retry-jitter", id)),
      fault_rng_(master.stream("fault", id)),
      route_rng_(master.stream("route", id)),
      outlier_rng_(master.stream("outlier", id)) {
  clusters_.resize(config->config().clusters.size());
  epochs_.push_back({std::move(config), 0, 0});
  worker_.attach(*this);
}

Sidecar::~Sidecar() {
  // Whatever is still under way ends without a word: the proxy is gone.
  for (std::size_t slot = 0; slot < worker_.streams.slot_count(); ++slot) {
    const StreamHandle handle = worker_.streams.handle_at(slot);
    if (handle.is_valid() && worker_.streams[handle.slot].proxy == id_) {
      end_stream(handle.slot);
    }
  }
  for (std::size_t slot = 0; slot < worker_.attempts.slot_count(); ++slot) {
    const AttemptHandle handle = worker_.attempts.handle_at(slot);
    if (handle.is_valid() && worker_.attempts[handle.slot].cluster->proxy() == id_) {
      worker_.deadlines.cancel(worker_.attempts[handle.slot].per_try);
      worker_.attempts.erase_slot(handle.slot);
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
  Epoch& epoch = epochs_.back();
  const CompiledRoute* route = epoch.config->route(direction, head);
  const StreamHandle handle = worker_.streams.emplace();
  ActiveStream& stream = worker_.streams[handle.slot];
  stream = ActiveStream{};
  stream.direction = direction;
  stream.replayable = head.replayable;
  stream.proxy = id_;
  stream.epoch = epoch.number;
  stream.route = route;
  stream.token = token;
  ++epoch.streams;
  if (route == nullptr) {
    reply(handle.slot, 404, kFlagNoRouteFound);
    return handle.packed();
  }
  // Filters in their order; each may answer or pause. Policies to come stand before the fault
  // filter (rbac) and behind it (rate limits).
  if (!route->route.fault.has_value() || !start_fault_delay(now, handle.slot)) {
    route_request(now, handle.slot);
  }
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
  stream.holds_fault = true;
  stream.flags |= kFlagDelayInjected;
  stream.state = ActiveStream::State::kDelayed;
  stream.pause =
      worker_.deadlines.arm(now, fault.fixed_delay, timer_payload(TimerKind::kStreamPause, slot));
  return true;
}

bool Sidecar::abort_by_fault(std::uint32_t slot) {
  const ActiveStream& stream = worker_.streams[slot];
  if (!stream.route->route.fault.has_value()) {
    return false;
  }
  const FaultPolicy& fault = *stream.route->route.fault;
  if (!fault_rng_.chance_ppm(fault.abort_ppm) || active_faults_ >= fault.max_active_faults) {
    return false;
  }
  reply(slot, fault.abort_status, kFlagFaultInjected);
  return true;
}

void Sidecar::route_request(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  const Route& route = stream.route->route;
  if (abort_by_fault(slot)) {
    return;
  }
  switch (route.action) {
    case Route::Action::kRedirect:
      reply(slot, route.redirect.has_value() ? route.redirect->status : std::uint16_t{301}, 0);
      return;
    case Route::Action::kDirectResponse:
      reply(slot,
            route.direct_response.has_value() ? route.direct_response->status : std::uint16_t{200},
            0);
      return;
    case Route::Action::kForward:
      break;
  }
  stream.cluster = use_cluster(stream, pick_cluster(*stream.route));
  if (stream.cluster == nullptr) {
    reply(slot, 503, kFlagNoClusterFound);
    return;
  }
  stream.state = ActiveStream::State::kInFlight;
  stream.retries_left =
      route.retry.has_value()
          ? static_cast<std::uint16_t>(std::min(route.retry->num_retries, 0xffffU))
          : std::uint16_t{0};
  arm_timeouts(now, slot);
  if (!route.mirrors.empty()) {
    start_mirrors(now, slot);
  }
  start_attempt(now, slot);
}

ClusterIndex Sidecar::pick_cluster(const CompiledRoute& route) {
  const std::vector<WeightedCluster>& clusters = route.route.clusters;
  if (clusters.size() == 1) [[likely]] {
    return clusters[0].cluster;
  }
  if (route.total_weight == 0) {
    return kNoCluster;
  }
  std::uint64_t point = route_rng_.below(route.total_weight);
  for (const WeightedCluster& cluster : clusters) {
    if (point < cluster.weight) {
      return cluster.cluster;
    }
    point -= cluster.weight;
  }
  return clusters.back().cluster;
}

void Sidecar::arm_timeouts(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  const Route& route = stream.route->route;
  const bool has_timeout = route.timeout > Duration::zero();
  if (has_timeout) {
    stream.deadline = after(now, route.timeout);
    // A per-try timeout comes first; `start_attempt` arms this one only if it has to.
    if (!has_per_try_timeout(route)) {
      stream.timeout =
          worker_.deadlines.arm(now, route.timeout, timer_payload(TimerKind::kRouteTimeout, slot));
    }
  }
  // A route timeout that is not longer always fires first, whatever passes on the stream.
  if (route.idle_timeout > Duration::zero() &&
      (!has_timeout || route.idle_timeout < route.timeout)) {
    stream.idle =
        worker_.deadlines.arm(now, route.idle_timeout, timer_payload(TimerKind::kStreamIdle, slot));
  }
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
  add_action(ActionKind::kLocalReply, stream).status = status;
  end_stream(slot);
}

void Sidecar::reset_downstream(std::uint32_t slot, std::uint32_t flag) {
  ActiveStream& stream = worker_.streams[slot];
  stream.flags |= flag;
  add_action(ActionKind::kResetDownstream, stream);
  end_stream(slot);
}

void Sidecar::end_stream(std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  worker_.deadlines.cancel(stream.timeout);
  worker_.deadlines.cancel(stream.idle);
  worker_.deadlines.cancel(stream.pause);
  release_retry(stream);
  release_fault(stream);
  if (stream.epoch == epochs_.back().number) [[likely]] {
    --epochs_.back().streams;
  } else {
    const auto old = std::find_if(epochs_.begin(), epochs_.end(),
                                  [&](const Epoch& epoch) { return epoch.number == stream.epoch; });
    if (--old->streams == 0) {
      epochs_.erase(old);
    }
  }
  worker_.streams.erase_slot(slot);
}

}  // namespace shaketable::proxy
