#include "proxy/core/retry_policy.h"
#include "proxy/core/sidecar.h"

namespace shaketable::proxy {
namespace {

using StreamHandle = SlotMap<ActiveStream>::Handle;
using AttemptHandle = SlotMap<UpstreamRequest>::Handle;
using ConnectionHandle = SlotMap<UpstreamConnection>::Handle;

}  // namespace

void Sidecar::on_response(Instant now, AttemptId id, const ResponseHead& response) {
  const AttemptHandle handle = AttemptHandle::unpack(id);
  if (!worker_.attempts.contains(handle) ||
      worker_.attempts[handle.slot].state != UpstreamRequest::State::kAwaitingHeaders) {
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
  release_retry(stream);
  if (route.retry.has_value() && wants_retry(*route.retry, response) && try_again(now, slot))
      [[unlikely]] {
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
  Action& forward = add_action(ActionKind::kForwardResponse, stream);
  forward.status = response.status;
  forward.host = cluster.host_id(host_slot);
  forward.attempt = id;
  if (!response.end_stream) {
    attempt.state = UpstreamRequest::State::kStreaming;
    stream.state = ActiveStream::State::kResponding;
    forward.flags |= kForwardMore;
    arm_deadline(now, slot);
    restart_idle(now, slot);
    return;
  }
  end_stream(slot);
  cluster.finish(now, handle.slot);
  handle_failures(now);
}

void Sidecar::on_response_activity(Instant now, AttemptId id) {
  const UpstreamRequest* attempt = worker_.attempts.find(AttemptHandle::unpack(id));
  if (attempt == nullptr) {
    return;
  }
  const StreamHandle handle = StreamHandle::unpack(attempt->stream);
  if (worker_.streams.contains(handle)) {
    restart_idle(now, handle.slot);
  }
}

/// Something passed on the stream: its idle timeout, if it has one, starts again.
void Sidecar::restart_idle(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  if (stream.idle.is_valid()) {
    worker_.deadlines.cancel(stream.idle);
    stream.idle = worker_.deadlines.arm(now, stream.route->route.idle_timeout,
                                        timer_payload(TimerKind::kStreamIdle, slot));
  }
}

void Sidecar::on_response_end(Instant now, AttemptId id) {
  const AttemptHandle handle = AttemptHandle::unpack(id);
  if (!worker_.attempts.contains(handle) ||
      worker_.attempts[handle.slot].state != UpstreamRequest::State::kStreaming) {
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
  if (!worker_.attempts.contains(handle) ||
      worker_.attempts[handle.slot].state == UpstreamRequest::State::kPending) {
    return;
  }
  const UpstreamRequest& attempt = worker_.attempts[handle.slot];
  attempt.cluster->report_local_origin(now, attempt.slot,
                                       OutlierDetector::LocalOrigin::kConnectFailure, outlier_rng_);
  end_sent_attempt(now, handle.slot, reason);
}

// ---- connections ------------------------------------------------------------------------------

void Sidecar::on_connected(Instant now, ConnectionId id) {
  const ConnectionHandle handle = ConnectionHandle::unpack(id);
  if (!worker_.connections.contains(handle) ||
      worker_.connections[handle.slot].state != UpstreamConnection::State::kConnecting) {
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
    end_connection(now, handle.slot);
  }
}

void Sidecar::on_connection_closed(Instant now, ConnectionId id) {
  const ConnectionHandle handle = ConnectionHandle::unpack(id);
  if (worker_.connections.contains(handle)) {
    end_connection(now, handle.slot);
  }
}

/// What the end of a connection means depends on how far it had come, not on the driver's word.
void Sidecar::end_connection(Instant now, std::uint32_t slot) {
  const UpstreamConnection& connection = worker_.connections[slot];
  if (connection.state == UpstreamConnection::State::kConnecting) {
    connection.cluster->on_connect_failed(now, slot, false);
  } else {
    connection.cluster->on_connection_closed(now, slot);
  }
  handle_failures(now);
}

}  // namespace shaketable::proxy
