#include "proxy/core/retry_policy.h"
#include "proxy/core/sidecar.h"
#include "proxy/telemetry/response_flags.h"

namespace shaketable::proxy {
namespace {

using StreamHandle = SlotMap<ActiveStream>::Handle;
using AttemptHandle = SlotMap<UpstreamRequest>::Handle;

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

}  // namespace

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
  if (has_per_try_timeout(route)) {
    attempt.per_try_timeout = route.retry->per_try_timeout;
  }
  stream.attempt = handle.packed();
  stream.state = ActiveStream::State::kInFlight;
  if (route.retry.has_value() && route.retry->previous_hosts) {
    stream.tried[stream.tried_count++ % stream.tried.size()] = static_cast<std::uint16_t>(*host);
  }
  stream.attempts =
      stream.attempts == 0xff ? stream.attempts : static_cast<std::uint8_t>(stream.attempts + 1);
  cluster.start(now, handle.slot, *host);
  if (!worker_.streams[slot].timeout.is_valid() && !is_covered_by_try(now, slot, handle.slot)) {
    arm_deadline(now, slot);
  }
  handle_failures(now);
}

/// Whether the attempt's own timeout comes before the route's, so that the latter can wait.
bool Sidecar::is_covered_by_try(Instant now, std::uint32_t slot, std::uint32_t attempt) const {
  const UpstreamRequest& request = worker_.attempts[attempt];
  return request.state == UpstreamRequest::State::kAwaitingHeaders &&
         request.per_try_timeout > Duration::zero() &&
         after(now, request.per_try_timeout) < worker_.streams[slot].deadline;
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

void Sidecar::handle_listed_failures(Instant now) {
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
  const Failure failure = failure_of(reason);
  if (stream.state == ActiveStream::State::kResponding) {
    reset_downstream(slot, failure.flag);
    return;
  }
  const Route& route = stream.route->route;
  release_retry(stream);
  if (!route.retry.has_value() || !wants_retry(*route.retry, reason) || !try_again(now, slot)) {
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
  drain_if_http1(attempt.connection);
  if (worker_.streams.contains(stream)) {
    fail_attempt(now, stream.slot, reason);
  }
  cluster.finish(now, slot);
  handle_failures(now);
}

/// An HTTP/1.1 connection cannot be used after a request was given up on it.
void Sidecar::drain_if_http1(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  if (link.is_http1) {
    link.state = UpstreamConnection::State::kDraining;
  }
}

/// Tells the driver to reset an attempt that was sent.
void Sidecar::cancel_upstream(std::uint32_t slot) {
  const UpstreamRequest& attempt = worker_.attempts[slot];
  Action& cancel = worker_.add_action(ActionKind::kCancelAttempt, id_);
  cancel.host = attempt.cluster->host_id(attempt.slot);
  cancel.token = attempt.token;
  cancel.attempt = worker_.attempts.packed_of(slot);
  cancel.connection = worker_.connections.packed_of(attempt.connection);
}

/// The policy wants another attempt: schedules it if limit and budget allow it.
bool Sidecar::try_again(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  if (!stream.replayable) {
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
  arm_deadline(now, slot);
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
  drain_if_http1(attempt.connection);
  cluster.finish(now, handle.slot);
}

}  // namespace shaketable::proxy
