#include "proxy/base/grpc_status.h"
#include "proxy/core/retry_policy.h"
#include "proxy/core/sidecar_inl.h"

namespace shaketable::proxy {
namespace {

using ConnectionHandle = SlotMap<UpstreamConnection>::Handle;

}  // namespace

void Sidecar::on_response(Instant now, AttemptId id, const ResponseHead& response) {
  ActiveStream* const found = worker_.find_attempt(id);
  if (found == nullptr || found->attempt_state != UpstreamRequest::State::kAwaitingHeaders) {
    return;
  }
  ActiveStream& stream = *found;
  const auto slot = static_cast<std::uint32_t>(id);
  UpstreamCluster& cluster = *stream.cluster;
  UpstreamHost& host = *stream.attempt.host;
  // Outlier detection takes a gRPC failure, whose HTTP status is 200, for the status it maps to.
  cluster.report_response(
      now, host,
      response.grpc_status == 0 ? response.status : http_status_of_grpc(response.grpc_status),
      outlier_rng_);
  if (!is_plain(stream, response)) [[unlikely]] {
    on_other_response(now, slot, response);
    return;
  }
  add_action(ActionKind::kForwardResponse, stream, response.status, host.id, id);
  release_timers(stream);
  leave_epoch(stream);
  cluster.finish(now, stream, host);
  worker_.streams.erase_slot(slot);
  handle_failures(now);
}

/// A response that may be tried again, or goes on, or answers a mirror or a retry.
void Sidecar::on_other_response(Instant now, std::uint32_t slot, const ResponseHead& response) {
  ActiveStream& stream = worker_.streams[slot];
  if (stream.has(kIsMirror)) {
    on_mirror_response(now, slot, response);
    return;
  }
  const CompiledRoute& route = *stream.route;
  worker_.deadlines.cancel(stream.step);
  stream.step = {};
  // The failed attempt still counts as active while the budget is asked, as in Envoy.
  release_retry(stream);
  const bool is_bad = response.status >= 500 || response.grpc_status != 0;
  const bool is_wanted = route.has_retry && wants_retry(*route.route.retry, response);
  if (is_bad || is_wanted) {
    tell_attempt_ended(now, stream, DecisionCause::kStatus, response.status);
  }
  if (is_bad && !is_wanted) {
    tell_no_retry(now, stream, NoRetryCause::kNotRetriable);
  }
  if (is_wanted && try_again(now, slot)) {
    if (response.end_stream) {
      stream.cluster->finish(now, stream, *stream.attempt.host);
    } else {
      abandon_attempt(now, slot);
    }
    handle_failures(now);
    return;
  }
  stream.flags |= response.end_stream ? 0U : kForwardMore;
  add_action(ActionKind::kForwardResponse, stream, response.status, stream.attempt.host->id,
             attempt_id(slot, stream));
  stream.flags &= ~kForwardMore;
  if (!response.end_stream) {
    stream.attempt_state = UpstreamRequest::State::kStreaming;
    stream.state = ActiveStream::State::kResponding;
    arm_deadline(now, slot);
    restart_idle(now, slot);
    return;
  }
  end_attempt_and_stream(now, slot);
}

/// The response of a mirror goes nowhere.
void Sidecar::on_mirror_response(Instant now, std::uint32_t slot, const ResponseHead& response) {
  if (response.end_stream) {
    end_attempt_and_stream(now, slot);
  } else {
    worker_.streams[slot].attempt_state = UpstreamRequest::State::kStreaming;
  }
}

void Sidecar::on_response_activity(Instant now, AttemptId id) {
  if (worker_.find_attempt(id) != nullptr) {
    restart_idle(now, static_cast<std::uint32_t>(id));
  }
}

/// Something passed on the stream: its idle timeout, if it has one, starts again.
void Sidecar::restart_idle(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  if (stream.idle.is_valid()) {
    worker_.deadlines.cancel(stream.idle);
    stream.idle = worker_.deadlines.arm(now, stream.route->idle_timeout,
                                        timer_payload(TimerKind::kStreamIdle, slot));
  }
}

void Sidecar::on_response_end(Instant now, AttemptId id) {
  const ActiveStream* stream = worker_.find_attempt(id);
  if (stream != nullptr && stream->attempt_state == UpstreamRequest::State::kStreaming) {
    end_attempt_and_stream(now, static_cast<std::uint32_t>(id));
  }
}

/// Both are over: the attempt gives its place back, then the slot is free.
void Sidecar::end_attempt_and_stream(Instant now, std::uint32_t slot) {
  ActiveStream& stream = worker_.streams[slot];
  release_stream(stream);
  stream.cluster->finish(now, stream, *stream.attempt.host);
  worker_.streams.erase_slot(slot);
  handle_failures(now);
}

void Sidecar::on_upstream_reset(Instant now, AttemptId id, ResetReason reason) {
  const ActiveStream* stream = worker_.find_attempt(id);
  if (stream == nullptr || stream->attempt_state == UpstreamRequest::State::kPending) {
    return;
  }
  stream->cluster->report_local_origin(now, *stream->attempt.host,
                                       OutlierDetector::LocalOrigin::kConnectFailure, outlier_rng_);
  end_sent_attempt(now, static_cast<std::uint32_t>(id), reason);
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
  cluster.report_local_origin(now, cluster.host(connection.slot),
                              OutlierDetector::LocalOrigin::kConnectSuccess, outlier_rng_);
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
