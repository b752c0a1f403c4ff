#include "proxy/core/sidecar.h"

#include <algorithm>
#include <utility>

#include "proxy/core/retry_policy.h"
#include "proxy/telemetry/response_flags.h"

namespace shaketable::proxy {
namespace {

using StreamHandle = SlotMap<ActiveStream>::Handle;
using AttemptHandle = SlotMap<UpstreamRequest>::Handle;
using ConnectionHandle = SlotMap<UpstreamConnection>::Handle;

/// What the downstream gets when an attempt without a response is not tried again.
struct Failure {
  std::uint16_t status;
  std::uint32_t flag;
};

Failure failure_of(ResetReason reason) {
  switch (reason) {
    case ResetReason::kConnectFailure:
      return {503, kFlagUpstreamConnectionFailure};
    case ResetReason::kRemoteReset:
    case ResetReason::kRefusedStream:
      return {503, kFlagUpstreamRemoteReset};
    case ResetReason::kConnectionTermination:
      return {503, kFlagUpstreamConnectionTermination};
    case ResetReason::kOverflow:
      return {503, kFlagUpstreamOverflow};
    case ResetReason::kPerTryTimeout:
      return {504, kFlagUpstreamRequestTimeout};
  }
  return {503, kFlagLocalReset};
}

ClusterIndex index_of(const ProxyConfig& config, const std::string& name) {
  const auto found =
      std::find_if(config.clusters.begin(), config.clusters.end(),
                   [&](const ClusterConfig& cluster) { return cluster.name == name; });
  return found == config.clusters.end()
             ? kNoCluster
             : static_cast<ClusterIndex>(found - config.clusters.begin());
}

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
  stream.pause = worker_.deadlines.arm(now, fault.fixed_delay,
                                       timer_payload(TimerKind::kStreamPause, slot));
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
      reply(slot, route.direct_response.has_value() ? route.direct_response->status
                                                    : std::uint16_t{200}, 0);
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
    stream.timeout = worker_.deadlines.arm(now, route.timeout,
                                           timer_payload(TimerKind::kRouteTimeout, slot));
  }
  // A route timeout that is not longer always fires first, whatever passes on the stream.
  if (route.idle_timeout > Duration::zero() &&
      (!has_timeout || route.idle_timeout < route.timeout)) {
    stream.idle = worker_.deadlines.arm(now, route.idle_timeout,
                                        timer_payload(TimerKind::kStreamIdle, slot));
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

// ---- attempts ---------------------------------------------------------------------------------

void Sidecar::start_attempt(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  const Route& route = stream.route->route;
  UpstreamCluster& cluster = *stream.cluster;
  const bool avoids = stream.attempts > 0 && route.retry.has_value() && route.retry->previous_hosts;
  const std::optional<std::uint32_t> host =
      cluster.pick_host(now, lb_rng_, avoids ? &stream : nullptr,
                        avoids ? route.retry->host_selection_retry_max_attempts : 0);
  if (!host.has_value()) {
    reply(slot, 503, kFlagNoHealthyUpstream);
    return;
  }
  const AttemptHandle handle = worker_.attempts.emplace();
  UpstreamRequest& attempt = worker_.attempts[handle.slot];
  attempt = UpstreamRequest{};
  attempt.cluster = &cluster;
  attempt.stream = worker_.streams.packed_of(slot);
  attempt.stream_token = stream.token;
  attempt.is_retry = stream.attempts > 0;
  if (route.retry.has_value() && route.retry->per_try_timeout > Duration::zero() &&
      (route.timeout <= Duration::zero() || route.retry->per_try_timeout < route.timeout)) {
    attempt.per_try_timeout = route.retry->per_try_timeout;
  }
  stream.attempt = handle.packed();
  stream.state = ActiveStream::State::kInFlight;
  stream.tried[stream.tried_count++ % stream.tried.size()] = static_cast<std::uint16_t>(*host);
  stream.attempts = stream.attempts == 0xff ? stream.attempts
                                            : static_cast<std::uint8_t>(stream.attempts + 1);
  cluster.start(now, handle.slot, *host);
  handle_failures(now);
}

void Sidecar::start_mirrors(Instant now, std::uint32_t slot) {
  const CompiledRoute* route = worker_.streams[slot].route;
  for (const MirrorPolicy& mirror : route->route.mirrors) {
    if (route_rng_.chance_ppm(mirror.ppm)) {
      start_mirror(now, slot, mirror);
    }
  }
}

void Sidecar::start_mirror(Instant now, std::uint32_t slot, const MirrorPolicy& mirror) {
  UpstreamCluster* cluster = use_cluster(worker_.streams[slot], mirror.cluster);
  const std::optional<std::uint32_t> host =
      cluster == nullptr ? std::nullopt : cluster->pick_host(now, lb_rng_, nullptr, 0);
  if (!host.has_value()) {
    return;
  }
  const AttemptHandle handle = worker_.attempts.emplace();
  UpstreamRequest& attempt = worker_.attempts[handle.slot];
  attempt = UpstreamRequest{};
  attempt.cluster = cluster;
  attempt.is_mirror = true;
  attempt.stream_token = worker_.streams[slot].token;
  attempt.per_try_timeout = worker_.streams[slot].route->route.timeout;
  cluster->start(now, handle.slot, *host);
  handle_failures(now);
}

void Sidecar::handle_failures(Instant now) {
  // Handling one failure may add others (a retry that overflows); the list grows while it is read.
  for (std::size_t i = 0; i < worker_.failed.size(); ++i) {
    const Worker::FailedAttempt failure = worker_.failed[i];
    UpstreamRequest& attempt = worker_.attempts[failure.attempt];
    if (failure.reason != ResetReason::kOverflow) {
      attempt.cluster->report_local_origin(now, attempt.slot,
                                           failure.timed_out
                                               ? OutlierDetector::LocalOrigin::kTimeout
                                               : OutlierDetector::LocalOrigin::kConnectFailure,
                                           outlier_rng_);
    }
    end_attempt(now, failure.attempt, failure.reason);
  }
  worker_.failed.clear();
}

/// The attempt is out of its pool already: erases it and decides what follows for its stream.
void Sidecar::end_attempt(Instant now, std::uint32_t slot, ResetReason reason) {
  const StreamHandle stream = StreamHandle::unpack(worker_.attempts[slot].stream);
  worker_.attempts.erase_slot(slot);
  if (worker_.streams.contains(stream)) {  // else a mirror, or the stream has ended
    fail_attempt(now, stream.slot, reason);
  }
}

/// An attempt ended without a response: tries again, or answers for it.
void Sidecar::fail_attempt(Instant now, std::uint32_t slot, ResetReason reason) {
  ActiveStream& stream = worker_.streams[slot];
  stream.attempt = kNoHandle;
  if (stream.state == ActiveStream::State::kResponding) {
    worker_.actions().push_back(action(ActionKind::kResetDownstream, stream));
    end_stream(slot);
    return;
  }
  const Route& route = stream.route->route;
  const bool wanted = route.retry.has_value() && wants_retry(*route.retry, reason);
  if (!try_again(now, slot, wanted)) {
    const Failure failure = failure_of(reason);
    reply(slot, failure.status, failure.flag);
  }
}

/// An attempt that was sent ends without a response. The stream decides first, because a retry
/// budget counts the attempt as active; then its place is freed.
void Sidecar::end_sent_attempt(Instant now, std::uint32_t slot, ResetReason reason) {
  UpstreamRequest& attempt = worker_.attempts[slot];
  UpstreamCluster& cluster = *attempt.cluster;
  const StreamHandle stream = StreamHandle::unpack(attempt.stream);
  attempt.stream = kNoHandle;
  // An HTTP/1.1 connection cannot be used after a request was given up on it.
  if (cluster.config().protocol == UpstreamProtocol::kHttp1) {
    worker_.connections[attempt.connection].state = UpstreamConnection::State::kDraining;
  }
  if (worker_.streams.contains(stream)) {
    fail_attempt(now, stream.slot, reason);
  }
  cluster.finish(now, slot);
  handle_failures(now);
}

/// Tells the driver to reset an attempt that was sent.
void Sidecar::cancel_upstream(std::uint32_t slot) {
  const UpstreamRequest& attempt = worker_.attempts[slot];
  Action cancel;
  cancel.kind = ActionKind::kCancelAttempt;
  cancel.proxy = id_;
  cancel.host = attempt.cluster->host_id(attempt.slot);
  cancel.token = attempt.token;
  cancel.attempt = worker_.attempts.packed_of(slot);
  cancel.connection = worker_.connections.packed_of(attempt.connection);
  worker_.actions().push_back(cancel);
}

/// Schedules another attempt if policy, limit and budget allow it.
bool Sidecar::try_again(Instant now, std::uint32_t slot, bool wanted) {
  ActiveStream& stream = worker_.streams[slot];
  release_retry(stream);
  if (!wanted || !stream.replayable) {
    return false;
  }
  if (stream.retries_left == 0) {
    stream.flags |= kFlagUpstreamRetryLimitExceeded;
    ++stream.cluster->stats.upstream_rq_retry_limit_exceeded;
    return false;
  }
  --stream.retries_left;
  if (!stream.cluster->take_retry(now)) {
    return false;
  }
  stream.holds_retry = true;
  stream.state = ActiveStream::State::kBackingOff;
  const RetryPolicy& policy = *stream.route->route.retry;
  const Duration delay = backoff_delay(policy, stream.attempts, retry_rng_);
  stream.pause =
      worker_.deadlines.arm_irregular(now + delay, timer_payload(TimerKind::kStreamPause, slot));
  return true;
}

/// Gives up the attempt that is under way, upstream too.
void Sidecar::abandon_attempt(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  const AttemptHandle handle = AttemptHandle::unpack(stream.attempt);
  if (stream.attempt == kNoHandle || !worker_.attempts.contains(handle)) {
    return;
  }
  stream.attempt = kNoHandle;
  UpstreamRequest& attempt = worker_.attempts[handle.slot];
  UpstreamCluster& cluster = *attempt.cluster;
  ++cluster.stats.upstream_rq_cancelled;
  if (attempt.state == UpstreamRequest::State::kPending) {
    cluster.cancel_pending(handle.slot);
    return;
  }
  cancel_upstream(handle.slot);
  // An HTTP/1.1 connection cannot be used after a request was given up on it.
  if (cluster.config().protocol == UpstreamProtocol::kHttp1) {
    worker_.connections[attempt.connection].state = UpstreamConnection::State::kDraining;
  }
  cluster.finish(now, handle.slot);
}

// ---- upstream ---------------------------------------------------------------------------------

void Sidecar::on_response(Instant now, AttemptId id, const ResponseHead& response) {
  const AttemptHandle handle = AttemptHandle::unpack(id);
  if (!worker_.attempts.contains(handle)) {
    return;
  }
  UpstreamRequest& attempt = worker_.attempts[handle.slot];
  UpstreamCluster& cluster = *attempt.cluster;
  const std::uint32_t host_slot = attempt.slot;
  cluster.report_response(now, host_slot, response.status, outlier_rng_);
  const StreamHandle stream_handle = StreamHandle::unpack(attempt.stream);
  if (attempt.is_mirror || !worker_.streams.contains(stream_handle)) {
    if (response.end_stream) {
      cluster.finish(now, handle.slot);
      handle_failures(now);
    } else {
      attempt.state = UpstreamRequest::State::kStreaming;
    }
    return;
  }
  const std::uint32_t slot = stream_handle.slot;
  ActiveStream& stream = worker_.streams[slot];
  const Route& route = stream.route->route;
  // The failed attempt still counts as active while the budget is asked, as in Envoy.
  const bool wanted = route.retry.has_value() && wants_retry(*route.retry, response);
  if (try_again(now, slot, wanted)) {
    if (response.end_stream) {
      stream.attempt = kNoHandle;
      cluster.finish(now, handle.slot);
    } else {
      abandon_attempt(now, slot);
    }
    handle_failures(now);
    return;
  }
  worker_.deadlines.cancel(attempt.per_try);
  attempt.per_try = {};
  Action forward = action(ActionKind::kForwardResponse, stream);
  forward.status = response.status;
  forward.host = cluster.host_id(host_slot);
  forward.attempt = id;
  if (!response.end_stream) {
    attempt.state = UpstreamRequest::State::kStreaming;
    stream.state = ActiveStream::State::kResponding;
    forward.flags |= kForwardMore;
    worker_.actions().push_back(forward);
    return;
  }
  worker_.actions().push_back(forward);
  end_stream(slot);
  cluster.finish(now, handle.slot);
  if (!worker_.failed.empty()) [[unlikely]] {
    handle_failures(now);
  }
}

void Sidecar::on_response_activity(Instant now, AttemptId id) {
  const UpstreamRequest* attempt = worker_.attempts.find(AttemptHandle::unpack(id));
  if (attempt == nullptr) {
    return;
  }
  const StreamHandle handle = StreamHandle::unpack(attempt->stream);
  if (!worker_.streams.contains(handle) || !worker_.streams[handle.slot].idle.is_valid()) {
    return;
  }
  ActiveStream& stream = worker_.streams[handle.slot];
  worker_.deadlines.cancel(stream.idle);
  stream.idle = worker_.deadlines.arm(now, stream.route->route.idle_timeout,
                                      timer_payload(TimerKind::kStreamIdle, handle.slot));
}

void Sidecar::on_response_end(Instant now, AttemptId id) {
  const AttemptHandle handle = AttemptHandle::unpack(id);
  if (!worker_.attempts.contains(handle)) {
    return;
  }
  UpstreamRequest& attempt = worker_.attempts[handle.slot];
  const StreamHandle stream_handle = StreamHandle::unpack(attempt.stream);
  if (worker_.streams.contains(stream_handle)) {
    end_stream(stream_handle.slot);
  }
  attempt.cluster->finish(now, handle.slot);
  handle_failures(now);
}

void Sidecar::on_upstream_reset(Instant now, AttemptId id, ResetReason reason) {
  const AttemptHandle handle = AttemptHandle::unpack(id);
  if (!worker_.attempts.contains(handle)) {
    return;
  }
  const UpstreamRequest& attempt = worker_.attempts[handle.slot];
  attempt.cluster->report_local_origin(
      now, attempt.slot, OutlierDetector::LocalOrigin::kConnectFailure, outlier_rng_);
  end_sent_attempt(now, handle.slot, reason);
}

// ---- connections ------------------------------------------------------------------------------

void Sidecar::on_connected(Instant now, ConnectionId id) {
  const ConnectionHandle handle = ConnectionHandle::unpack(id);
  if (!worker_.connections.contains(handle)) {
    return;
  }
  UpstreamConnection& connection = worker_.connections[handle.slot];
  UpstreamCluster& cluster = *connection.cluster;
  cluster.report_local_origin(now, connection.slot, OutlierDetector::LocalOrigin::kConnectSuccess,
                              outlier_rng_);
  cluster.on_connected(now, handle.slot);
  handle_failures(now);
}

void Sidecar::on_connect_failed(Instant now, ConnectionId id) {
  const ConnectionHandle handle = ConnectionHandle::unpack(id);
  if (worker_.connections.contains(handle)) {
    worker_.connections[handle.slot].cluster->on_connect_failed(now, handle.slot, false);
    handle_failures(now);
  }
}

void Sidecar::on_connect_timeout(Instant now, std::uint32_t slot) {
  UpstreamConnection& connection = worker_.connections[slot];
  connection.connect_timeout = {};
  Action close;
  close.kind = ActionKind::kCloseConnection;
  close.proxy = id_;
  close.host = connection.cluster->host_id(connection.slot);
  close.connection = worker_.connections.packed_of(slot);
  worker_.actions().push_back(close);
  connection.cluster->on_connect_failed(now, slot, true);
  handle_failures(now);
}

void Sidecar::on_connection_closed(Instant now, ConnectionId id) {
  const ConnectionHandle handle = ConnectionHandle::unpack(id);
  if (worker_.connections.contains(handle)) {
    worker_.connections[handle.slot].cluster->on_connection_closed(now, handle.slot);
    handle_failures(now);
  }
}

// ---- timers -----------------------------------------------------------------------------------

void Sidecar::on_timer(Instant now, TimerKind kind, std::uint32_t slot, std::uint32_t cluster) {
  switch (kind) {
    case TimerKind::kRouteTimeout:
      worker_.streams[slot].timeout = {};
      on_route_timeout(now, slot);
      return;
    case TimerKind::kStreamIdle:
      worker_.streams[slot].idle = {};
      abandon_attempt(now, slot);
      if (worker_.streams[slot].state == ActiveStream::State::kResponding) {
        worker_.streams[slot].flags |= kFlagStreamIdleTimeout;
        worker_.actions().push_back(action(ActionKind::kResetDownstream, worker_.streams[slot]));
        end_stream(slot);
      } else {
        reply(slot, 504, kFlagStreamIdleTimeout);
      }
      handle_failures(now);
      return;
    case TimerKind::kStreamPause:
      worker_.streams[slot].pause = {};
      on_pause_over(now, slot);
      return;
    case TimerKind::kPerTry:
      worker_.attempts[slot].per_try = {};
      on_per_try_timeout(now, slot);
      return;
    case TimerKind::kConnect:
      on_connect_timeout(now, slot);
      return;
    case TimerKind::kClusterTick:
      clusters_[cluster]->on_tick(now, outlier_rng_);
      return;
    case TimerKind::kPoolIdle:
      clusters_[cluster]->close_idle(now);
      return;
  }
}

void Sidecar::on_pause_over(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  if (stream.state == ActiveStream::State::kDelayed) {
    release_fault(stream);
    route_request(now, slot);
  } else {
    start_attempt(now, slot);
  }
}

void Sidecar::on_route_timeout(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  ++stream.cluster->stats.upstream_rq_timeout;
  const AttemptHandle handle = AttemptHandle::unpack(stream.attempt);
  if (stream.attempt != kNoHandle && worker_.attempts.contains(handle) &&
      worker_.attempts[handle.slot].state == UpstreamRequest::State::kAwaitingHeaders) {
    stream.cluster->report_local_origin(now, worker_.attempts[handle.slot].slot,
                                        OutlierDetector::LocalOrigin::kTimeout, outlier_rng_);
  }
  abandon_attempt(now, slot);
  if (worker_.streams[slot].state == ActiveStream::State::kResponding) {
    worker_.streams[slot].flags |= kFlagUpstreamRequestTimeout;
    worker_.actions().push_back(action(ActionKind::kResetDownstream, worker_.streams[slot]));
    end_stream(slot);
  } else {
    reply(slot, 504, kFlagUpstreamRequestTimeout);
  }
  handle_failures(now);
}

void Sidecar::on_per_try_timeout(Instant now, std::uint32_t slot) {
  const UpstreamRequest& attempt = worker_.attempts[slot];
  UpstreamCluster& cluster = *attempt.cluster;
  ++cluster.stats.upstream_rq_per_try_timeout;
  cluster.report_local_origin(now, attempt.slot, OutlierDetector::LocalOrigin::kTimeout,
                              outlier_rng_);
  cancel_upstream(slot);
  end_sent_attempt(now, slot, ResetReason::kPerTryTimeout);
}

// ---- ends -------------------------------------------------------------------------------------

Action Sidecar::action(ActionKind kind, const ActiveStream& stream) const {
  Action result;
  result.kind = kind;
  result.attempts = stream.attempts;
  result.flags = stream.flags;
  result.proxy = id_;
  result.token = stream.token;
  return result;
}

void Sidecar::reply(std::uint32_t slot, std::uint16_t status, std::uint32_t flag) {
  ActiveStream& stream = worker_.streams[slot];
  stream.flags |= flag;
  Action local = action(ActionKind::kLocalReply, stream);
  local.status = status;
  worker_.actions().push_back(local);
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
    const auto old = std::find_if(epochs_.begin(), epochs_.end(), [&](const Epoch& epoch) {
      return epoch.number == stream.epoch;
    });
    if (--old->streams == 0) {
      epochs_.erase(old);
    }
  }
  worker_.streams.erase_slot(slot);
}

void Sidecar::release_retry(ActiveStream& stream) {
  if (stream.holds_retry) {
    stream.holds_retry = false;
    stream.cluster->release_retry();
  }
}

void Sidecar::release_fault(ActiveStream& stream) {
  if (stream.holds_fault) {
    stream.holds_fault = false;
    --active_faults_;
  }
}

// ---- configuration ----------------------------------------------------------------------------

UpstreamCluster* Sidecar::use_cluster(const ActiveStream& stream, ClusterIndex index) {
  if (stream.epoch != epochs_.back().number && index != kNoCluster) [[unlikely]] {
    index = current_index(stream.epoch, index);
  }
  if (index == kNoCluster) {
    return nullptr;
  }
  if (clusters_[index] == nullptr) [[unlikely]] {
    clusters_[index] = std::make_unique<UpstreamCluster>(worker_, id_, epochs_.back().config,
                                                         index, start_, lb_rng_);
  }
  return clusters_[index].get();
}

/// The index that a cluster of an older configuration has now: a request that was delayed across a
/// config push goes to the cluster of the same name.
ClusterIndex Sidecar::current_index(std::uint32_t epoch, ClusterIndex index) const {
  const auto old = std::find_if(epochs_.begin(), epochs_.end(),
                                [epoch](const Epoch& e) { return e.number == epoch; });
  return index_of(epochs_.back().config->config(), old->config->cluster(index).name);
}

void Sidecar::on_config(Instant now, std::shared_ptr<CompiledConfig> config) {
  std::vector<std::unique_ptr<UpstreamCluster>> clusters(config->config().clusters.size());
  for (std::unique_ptr<UpstreamCluster>& old : clusters_) {
    if (old == nullptr) {
      continue;
    }
    const ClusterIndex index = index_of(config->config(), old->config().name);
    if (index == kNoCluster) {
      old->retire();
      retired_.push_back(std::move(old));
      continue;
    }
    old->adopt(config, index, now, lb_rng_);
    clusters[index] = std::move(old);
  }
  clusters_ = std::move(clusters);
  const std::uint32_t number = epochs_.back().number + 1;
  if (epochs_.back().streams == 0) {
    epochs_.pop_back();
  }
  TelemetryRecord record;
  record.at = now;
  record.kind = RecordKind::kConfigApplied;
  record.a = config->config().version;
  record.proxy = id_;
  worker_.telemetry().add(record);
  epochs_.push_back({std::move(config), number, 0});
}

}  // namespace shaketable::proxy
