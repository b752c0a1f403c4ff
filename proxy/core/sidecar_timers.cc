#include "proxy/core/sidecar.h"
#include "proxy/telemetry/response_flags.h"

namespace shaketable::proxy {
void Sidecar::on_timer(Instant now, TimerKind kind, std::uint32_t slot, std::uint32_t cluster) {
  switch (kind) {
    case TimerKind::kRouteTimeout:
      worker_.streams[slot].timeout = {};
      on_route_timeout(now, slot);
      return;
    case TimerKind::kStreamIdle:
      worker_.streams[slot].idle = {};
      tell(worker_.streams[slot],
           {.at = now,
            .a = static_cast<std::uint64_t>(worker_.streams[slot].route->idle_timeout.count()),
            .kind = DecisionKind::kTimeout,
            .reason = static_cast<std::uint8_t>(TimeoutCause::kStreamIdle)});
      // Envoy's code says 504 when the request is complete, its documentation 408; the code counts.
      give_up(now, slot, kFlagStreamIdleTimeout);
      return;
    case TimerKind::kStreamPause:
      worker_.streams[slot].step = {};
      on_pause_over(now, slot);
      return;
    case TimerKind::kPerTry:
      worker_.streams[slot].step = {};
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

void Sidecar::on_connect_timeout(Instant now, std::uint32_t slot) {
  UpstreamConnection& connection = worker_.connections[slot];
  connection.connect_timeout = {};
  worker_.actions().push_back({.kind = ActionKind::kCloseConnection,
                               .proxy = id_,
                               .host = connection.cluster->host_id(connection.slot),
                               .connection = worker_.connections.packed_of(slot)});
  connection.cluster->on_connect_failed(now, slot, true);
  handle_failures(now);
}

/// Arms the route timeout unless it is armed, or there is none.
void Sidecar::arm_deadline(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  if (stream.timeout.is_valid() || stream.deadline == kNever) {
    return;
  }
  const Duration whole = stream.route->timeout;
  const std::uint64_t payload = timer_payload(TimerKind::kRouteTimeout, slot);
  stream.timeout = after(now, whole) == stream.deadline
                       ? worker_.deadlines.arm(now, whole, payload)
                       : worker_.deadlines.arm_irregular(stream.deadline, payload);
}

void Sidecar::on_pause_over(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  if (stream.state == ActiveStream::State::kDelayed) {
    release_fault(stream);
    route_after_delay(now, slot);
  } else {
    start_retry(now, slot);
  }
}

void Sidecar::on_route_timeout(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  ++stream.cluster->stats.upstream_rq_timeout;
  tell(stream, {.at = now,
                .a = static_cast<std::uint64_t>(stream.route->timeout.count()),
                .kind = DecisionKind::kTimeout,
                .reason = static_cast<std::uint8_t>(TimeoutCause::kRoute)});
  if (stream.attempt_state == UpstreamRequest::State::kAwaitingHeaders) {
    stream.cluster->report_local_origin(now, *stream.attempt.host,
                                        OutlierDetector::LocalOrigin::kTimeout, outlier_rng_);
  }
  give_up(now, slot, kFlagUpstreamRequestTimeout);
}

/// A stream has taken too long: its attempt is cancelled, its downstream gets a 504, or a reset if
/// the response had begun.
void Sidecar::give_up(Instant now, std::uint32_t slot, std::uint32_t flag) {
  abandon_attempt(now, slot);
  if (worker_.streams[slot].state == ActiveStream::State::kResponding) {
    reset_downstream(slot, flag);
  } else {
    reply(slot, 504, flag);
  }
  handle_failures(now);
}

void Sidecar::on_per_try_timeout(Instant now, std::uint32_t slot) {
  const ActiveStream& stream = worker_.streams[slot];
  UpstreamCluster& cluster = *stream.cluster;
  ++cluster.stats.upstream_rq_per_try_timeout;
  cluster.report_local_origin(now, *stream.attempt.host, OutlierDetector::LocalOrigin::kTimeout,
                              outlier_rng_);
  cancel_upstream(slot);
  end_sent_attempt(now, slot, ResetReason::kPerTryTimeout);
}

}  // namespace shaketable::proxy
