#include "proxy/core/retry_policy.h"
#include "proxy/core/sidecar_inl.h"
#include "proxy/telemetry/response_flags.h"

namespace shaketable::proxy {
namespace {

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

DecisionCause cause_of(ResetReason reason, bool timed_out = false) {
  switch (reason) {
    case ResetReason::kConnectFailure:
      return timed_out ? DecisionCause::kConnectTimeout : DecisionCause::kConnectFailure;
    case ResetReason::kRemoteReset:
      return DecisionCause::kRemoteReset;
    case ResetReason::kRefusedStream:
      return DecisionCause::kRefusedStream;
    case ResetReason::kConnectionTermination:
      return DecisionCause::kConnectionTermination;
    case ResetReason::kOverflow:
      return DecisionCause::kOverflow;
    case ResetReason::kPerTryTimeout:
      return DecisionCause::kPerTryTimeout;
  }
  return DecisionCause::kRemoteReset;
}

}  // namespace

void Sidecar::add_decision(const ActiveStream& stream, Decision decision) {
  if (stream.has(kIsMirror)) {
    return;  // its token is the original's
  }
  decision.token = stream.token;
  decision.attempts = stream.attempts;
  if (stream.attempt.host != nullptr && decision.kind == DecisionKind::kAttemptEnded) {
    decision.host = stream.attempt.host->id;
  }
  worker_.decisions().add(decision);
}

/// The back-off is over.
void Sidecar::start_retry(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  const std::uint32_t reselections =
      stream.route->remembers_hosts ? stream.route->route.retry->host_selection_retry_max_attempts
                                    : 0;
  const std::uint32_t host = stream.cluster->pick_other_host(now, lb_rng_, stream, reselections);
  if (host == kNil) {
    tell(stream, {.at = now, .kind = DecisionKind::kNoHost});
    reply(slot, 503, kFlagNoHealthyUpstream);
    return;
  }
  stream.attempt.sequence += 2;
  stream.state = ActiveStream::State::kInFlight;
  if (stream.route->remembers_hosts) {
    stream.tried[stream.tried_count++ % stream.tried.size()] = static_cast<std::uint16_t>(host);
  }
  stream.attempts =
      stream.attempts == 0xff ? stream.attempts : static_cast<std::uint8_t>(stream.attempts + 1);
  stream.cluster->start(now, slot, stream, host);
  if (!is_covered_by_try(now, stream)) {
    arm_deadline(now, slot);
  }
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
  const std::uint32_t host = cluster == nullptr ? kNil : cluster->pick_host(now, lb_rng_);
  if (host == kNil) {
    return;
  }
  const auto handle = worker_.streams.emplace();
  const ActiveStream& original = worker_.streams[slot];
  ActiveStream& stream = worker_.streams[handle.slot];
  begin_stream(stream, original.route, original.token);
  join_epoch(stream, original.epoch);
  stream.set(kIsMirror);
  stream.cluster = cluster;
  stream.attempt.sequence += 2;
  cluster->start(now, handle.slot, stream, host);
  handle_failures(now);
}

void Sidecar::handle_listed_failures(Instant now) {
  // Handling one failure may add others (a retry that overflows); the list grows while it is read.
  for (std::size_t i = 0; i < worker_.failed.size(); ++i) {
    const Worker::FailedAttempt failure = worker_.failed[i];
    ActiveStream& stream = worker_.streams[failure.stream];
    if (failure.reason != ResetReason::kOverflow) {
      stream.cluster->report_local_origin(now, *stream.attempt.host,
                                          failure.timed_out
                                              ? OutlierDetector::LocalOrigin::kTimeout
                                              : OutlierDetector::LocalOrigin::kConnectFailure,
                                          outlier_rng_);
    }
    if (failure.reason != ResetReason::kOverflow) {  // which the pool has told, with its limit
      tell_attempt_ended(now, stream, cause_of(failure.reason, failure.timed_out));
    }
    // The attempt is out of its pool already.
    stream.attempt_state = UpstreamRequest::State::kNone;
    fail_attempt(now, failure.stream, failure.reason);
  }
  worker_.failed.clear();
}

/// An attempt ended without a response: tries again, or answers for it.
void Sidecar::fail_attempt(Instant now, std::uint32_t slot, ResetReason reason) {
  ActiveStream& stream = worker_.streams[slot];
  if (stream.has(kIsMirror)) {
    end_stream(slot);
    return;
  }
  const Failure failure = failure_of(reason);
  if (stream.state == ActiveStream::State::kResponding) {
    reset_downstream(slot, failure.flag);
    return;
  }
  const Route& route = stream.route->route;
  release_retry(stream);
  if (!route.retry.has_value() || !wants_retry(*route.retry, reason)) {
    tell_no_retry(now, stream, NoRetryCause::kNotRetriable);
    reply(slot, failure.status, failure.flag);
  } else if (!try_again(now, slot)) {
    reply(slot, failure.status, failure.flag);
  }
}

/// An attempt that was sent ends without a response. The stream decides first, because a retry
/// budget counts the attempt as active; then its place is freed.
void Sidecar::end_sent_attempt(Instant now, std::uint32_t slot, ResetReason reason) {
  ActiveStream& stream = worker_.streams[slot];
  tell_attempt_ended(now, stream, cause_of(reason));
  worker_.deadlines.cancel(stream.step);
  stream.step = {};
  drain_if_http1(stream.attempt.connection);
  fail_attempt(now, slot, reason);
  // If the stream has ended, its attempt is still where it was: nobody has taken the slot since.
  stream.cluster->finish(now, stream, *stream.attempt.host);
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
  const ActiveStream& stream = worker_.streams[slot];
  worker_.actions().push_back(
      {.kind = ActionKind::kCancelAttempt,
       .proxy = id_,
       .host = stream.attempt.host->id,
       .token = stream.attempt.token,
       .attempt = attempt_id(slot, stream),
       .connection = worker_.connections.packed_of(stream.attempt.connection)});
}

/// The policy wants another attempt: schedules it if limit and budget allow it.
bool Sidecar::try_again(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  if (!stream.replayable) {
    tell_no_retry(now, stream, NoRetryCause::kNotReplayable);
    return false;
  }
  if (stream.retries_left == 0) {
    stream.flags |= kFlagUpstreamRetryLimitExceeded;
    ++stream.cluster->stats.upstream_rq_retry_limit_exceeded;
    tell_no_retry(now, stream, NoRetryCause::kLimit);
    return false;
  }
  --stream.retries_left;
  if (!stream.cluster->take_retry(now)) {
    tell_no_retry(now, stream, NoRetryCause::kBudget);
    return false;
  }
  stream.set(kHoldsRetry);
  stream.state = ActiveStream::State::kBackingOff;
  arm_deadline(now, slot);
  const RetryPolicy& policy = *stream.route->route.retry;
  const Duration delay = backoff_delay(policy, stream.attempts, retry_rng_);
  tell(stream,
       {.at = now, .a = static_cast<std::uint64_t>(delay.count()), .kind = DecisionKind::kRetry});
  stream.step =
      worker_.deadlines.arm_irregular(now + delay, timer_payload(TimerKind::kStreamPause, slot));
  return true;
}

/// Gives up the attempt that is under way, upstream too.
void Sidecar::abandon_attempt(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  if (stream.attempt_state == UpstreamRequest::State::kNone) {
    return;
  }
  UpstreamCluster& cluster = *stream.cluster;
  ++cluster.stats.upstream_rq_cancelled;
  if (stream.attempt_state == UpstreamRequest::State::kPending) {
    cluster.cancel_pending(stream);
    return;
  }
  cancel_upstream(slot);
  drain_if_http1(stream.attempt.connection);
  cluster.finish(now, stream, *stream.attempt.host);
}

}  // namespace shaketable::proxy
