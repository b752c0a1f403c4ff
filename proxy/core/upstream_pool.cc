#include <algorithm>

#include "proxy/base/assert.h"
#include "proxy/core/upstream_pool_inl.h"

// The half of UpstreamCluster that is Envoy's connection pool, one for each host; the path of every
// request through it is in upstream_pool_inl.h.
// Source: Envoy, source/common/conn_pool/conn_pool_base.cc.
namespace shaketable::proxy {

void UpstreamCluster::prefetch_connections() const {
  constexpr std::size_t kFirst = 3;
  for (std::size_t i = 0; i < std::min(kFirst, hosts_.size()); ++i) {
    worker_.connections.prefetch(hosts_[i].ready);
  }
}

/// No connection is ready, or a limit is reached.
void UpstreamCluster::start_without_connection(Instant now, std::uint32_t stream) {
  const CircuitBreakers& limits = config_->circuit_breakers;
  if (worker_.streams[stream].attempt.host->ready != kNil) {
    refuse(now, stream, Resource::kRequests, limits.max_requests);
    return;
  }
  if (!breaker.can_queue(limits)) {
    refuse(now, stream, Resource::kPendingRequests, limits.max_pending_requests);
    return;
  }
  queue(now, stream);
}

/// The attempt fails because of a limit.
void UpstreamCluster::refuse(Instant now, std::uint32_t stream, Resource resource,
                             std::uint32_t limit) {
  overflow(now, resource, limit);
  if (worker_.decisions().is_on() && !worker_.streams[stream].has(kIsMirror)) [[unlikely]] {
    worker_.decisions().add({.at = now,
                             .token = worker_.streams[stream].token,
                             .a = limit,
                             .kind = DecisionKind::kOverflow,
                             .reason = static_cast<std::uint8_t>(resource),
                             .attempts = worker_.streams[stream].attempts});
  }
  worker_.failed.push_back({stream, ResetReason::kOverflow, false});
}

void UpstreamCluster::queue(Instant now, std::uint32_t stream) {
  worker_.streams[stream].attempt_state = UpstreamRequest::State::kPending;
  UpstreamRequest& request = worker_.streams[stream].attempt;
  UpstreamHost& host = *request.host;
  request.next = kNil;
  request.previous = host.pending_last;
  (host.pending_last == kNil ? host.pending_first
                             : worker_.streams[host.pending_last].attempt.next) = stream;
  host.pending_last = stream;
  ++host.pending;
  ++breaker.pending_requests;
  connect_if_needed(now, slot_of(host));
}

void UpstreamCluster::connect_if_needed(Instant now, std::uint32_t slot) {
  const UpstreamHost& host = hosts_[slot];
  const std::uint32_t capacity = streams_per_connection();
  while (std::uint64_t{host.connecting} * capacity < host.pending) {
    if (!breaker.can_connect(config_->circuit_breakers)) {
      overflow(now, Resource::kConnections, config_->circuit_breakers.max_connections);
      if (host.connections > 0) {
        return;  // the request waits for one of those
      }
      // A host without any connection gets one in spite of the limit, or its requests would wait
      // for ever. Envoy does the same.
    }
    open_connection(now, slot, capacity);
  }
}

void UpstreamCluster::open_connection(Instant now, std::uint32_t slot, std::uint32_t capacity) {
  UpstreamConnection connection;
  connection.slot = slot;
  connection.cluster = this;
  connection.is_http1 = config_->protocol == UpstreamProtocol::kHttp1;
  connection.max_streams = capacity;
  connection.era = era_;
  const auto handle = worker_.connections.insert(connection);
  if (config_->connect_timeout > Duration::zero()) {
    worker_.connections[handle.slot].connect_timeout = worker_.deadlines.arm(
        now, config_->connect_timeout, proxy::timer_payload(TimerKind::kConnect, handle.slot));
  }
  ++hosts_[slot].connections;
  ++hosts_[slot].connecting;
  ++breaker.connections;
  ++stats.upstream_cx_total;
  push_connection_action(ActionKind::kOpenConnection, handle.slot);
}

void UpstreamCluster::push_connection_action(ActionKind kind, std::uint32_t connection) {
  worker_.actions().push_back({.kind = kind,
                               .proxy = proxy_,
                               .host = hosts_[worker_.connections[connection].slot].id,
                               .connection = worker_.connections.packed_of(connection)});
}

/// Somebody waits for the connection, or its host, its cluster or its protocol is gone.
void UpstreamCluster::pass_connection_on(Instant now, std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  serve_pending(now, link.slot);
  if (is_leaving(link)) {
    // What waits here was meant for this host and may still use it; nothing else may.
    if (link.is_ready) {
      drain(connection);
    }
  } else if (link.streams == 0) {
    link.idle_since = now;
    arm_idle(now);
    return;
  }
  if (link.state == UpstreamConnection::State::kDraining) {
    close_if_drained(now, connection);
  }
}

void UpstreamCluster::close_if_drained(Instant now, std::uint32_t connection) {
  const UpstreamConnection& link = worker_.connections[connection];
  if (link.streams == 0) {
    const std::uint32_t slot = link.slot;
    close(connection);
    connect_if_needed(now, slot);
  }
}

/// Takes nothing new on the connection.
void UpstreamCluster::drain(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  if (link.is_ready) {
    unlink_ready(connection);
  }
  link.state = UpstreamConnection::State::kDraining;
}

void UpstreamCluster::drain_connection(Instant now, std::uint32_t connection) {
  const UpstreamConnection& link = worker_.connections[connection];
  const std::uint32_t slot = link.slot;
  if (link.state == UpstreamConnection::State::kConnecting) {
    return;
  }
  drain(connection);
  if (worker_.connections[connection].streams == 0) {
    close(connection);
  }
  connect_if_needed(now, slot);
}

void UpstreamCluster::close(std::uint32_t connection) {
  push_connection_action(ActionKind::kCloseConnection, connection);
  forget_connection(connection);
}

/// Closes what is idle of hosts (or of a cluster, or of a protocol) that are gone from the
/// configuration, and drains the rest. Busy HTTP/1.1 connections follow when they are released.
void UpstreamCluster::close_leaving() {
  for (UpstreamHost& host : hosts_) {
    close_leaving(host);
  }
}

void UpstreamCluster::close_leaving(UpstreamHost& host) {
  std::uint32_t* place = &host.ready;
  while (*place != kNil) {
    const std::uint32_t connection = *place;
    UpstreamConnection& link = worker_.connections[connection];
    if (!is_leaving(link)) {
      place = &link.next;
      continue;
    }
    *place = link.next;
    link.is_ready = false;
    link.state = UpstreamConnection::State::kDraining;
    if (link.streams == 0) {
      close(connection);
    }
  }
}

void UpstreamCluster::serve_pending(Instant now, std::uint32_t slot) {
  UpstreamHost& host = hosts_[slot];
  while (host.pending > 0 && host.ready != kNil) {
    const std::uint32_t first = host.pending_first;
    ActiveStream& stream = worker_.streams[first];
    unlink_pending(stream.attempt);
    if (!breaker.can_request(config_->circuit_breakers)) {
      refuse(now, first, Resource::kRequests, config_->circuit_breakers.max_requests);
      continue;
    }
    send_on(now, first, stream, host);
  }
}

void UpstreamCluster::unlink_pending(UpstreamRequest& request) {
  UpstreamHost& host = *request.host;
  (request.previous == kNil ? host.pending_first : worker_.streams[request.previous].attempt.next) =
      request.next;
  (request.next == kNil ? host.pending_last : worker_.streams[request.next].attempt.previous) =
      request.previous;
  request.next = request.previous = kNil;
  --host.pending;
  --breaker.pending_requests;
}

void UpstreamCluster::cancel_pending(ActiveStream& stream) {
  unlink_pending(stream.attempt);
  stream.attempt_state = UpstreamRequest::State::kNone;
}

/// Linked one way only, because the first one is the one that is taken, nearly always.
void UpstreamCluster::unlink_ready(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  std::uint32_t* place = &hosts_[link.slot].ready;
  while (*place != connection) {
    place = &worker_.connections[*place].next;
  }
  *place = link.next;
  link.is_ready = false;
}

void UpstreamCluster::forget_connection(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  if (link.is_ready) {
    unlink_ready(connection);
  }
  worker_.deadlines.cancel(link.connect_timeout);
  UpstreamHost& host = hosts_[link.slot];
  if (link.state == UpstreamConnection::State::kConnecting) {
    --host.connecting;
  }
  --host.connections;
  --breaker.connections;
  worker_.connections.erase_slot(connection);
}

void UpstreamCluster::on_connected(Instant now, std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  ASSERT(link.state == UpstreamConnection::State::kConnecting);
  worker_.deadlines.cancel(link.connect_timeout);
  link.connect_timeout = {};
  link.state = UpstreamConnection::State::kOpen;
  --hosts_[link.slot].connecting;
  release_connection(now, connection, hosts_[link.slot]);
}

void UpstreamCluster::on_connect_failed(Instant now, std::uint32_t connection, bool timed_out) {
  const std::uint32_t slot = worker_.connections[connection].slot;
  ++(timed_out ? stats.upstream_cx_connect_timeout : stats.upstream_cx_connect_fail);
  TelemetryRecord record;
  record.at = now;
  record.kind = RecordKind::kConnectFailed;
  record.reason = timed_out ? 1 : 0;
  record.proxy = proxy_;
  record.tag = config_->tag;
  record.host = hosts_[slot].id;
  worker_.telemetry().add(record);
  forget_connection(connection);
  // All that wait fail together, so that the router can decide about each (Envoy's pool does so).
  while (hosts_[slot].pending > 0) {
    const std::uint32_t stream = hosts_[slot].pending_first;
    unlink_pending(worker_.streams[stream].attempt);
    worker_.failed.push_back({stream, ResetReason::kConnectFailure, timed_out});
  }
}

void UpstreamCluster::on_connection_closed(Instant now, std::uint32_t connection) {
  const std::uint32_t slot = worker_.connections[connection].slot;
  // Detach the attempts first: their end must not hand this connection to the next in the queue.
  std::uint32_t first = worker_.connections[connection].first_attempt;
  while (first != kNil) {
    ActiveStream& stream = worker_.streams[first];
    worker_.deadlines.cancel(stream.step);
    stream.step = {};
    stream.attempt.connection = kNil;
    --breaker.requests;
    --hosts_[slot].active;
    worker_.failed.push_back({first, ResetReason::kConnectionTermination, false});
    first = stream.attempt.next;
  }
  forget_connection(connection);
  connect_if_needed(now, slot);
}

void UpstreamCluster::close_idle(Instant now) {
  idle_ = {};
  const Duration timeout = config_->pool_idle_timeout;
  if (timeout <= Duration::zero()) {
    return;
  }
  Instant oldest = kNever;
  for (UpstreamHost& host : hosts_) {
    oldest = std::min(oldest, close_idle(now, host));
  }
  if (oldest != kNever && !retired_) {
    idle_ = worker_.deadlines.arm_irregular(after(oldest, timeout),
                                            timer_payload(TimerKind::kPoolIdle));
  }
}

/// Returns since when the oldest of those that stay has been idle.
Instant UpstreamCluster::close_idle(Instant now, UpstreamHost& host) {
  Instant oldest = kNever;
  std::uint32_t* place = &host.ready;
  while (*place != kNil) {
    const std::uint32_t connection = *place;
    UpstreamConnection& link = worker_.connections[connection];
    if (link.streams > 0 || now - link.idle_since < config_->pool_idle_timeout) {
      oldest = link.streams == 0 ? std::min(oldest, link.idle_since) : oldest;
      place = &link.next;
      continue;
    }
    *place = link.next;
    link.is_ready = false;
    close(connection);
  }
  return oldest;
}

void UpstreamCluster::arm_idle(Instant now) {
  if (idle_.is_valid() || retired_ || config_->pool_idle_timeout <= Duration::zero()) {
    return;
  }
  idle_ =
      worker_.deadlines.arm(now, config_->pool_idle_timeout, timer_payload(TimerKind::kPoolIdle));
}

}  // namespace shaketable::proxy
