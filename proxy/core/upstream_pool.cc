#include <algorithm>

#include "proxy/base/assert.h"
#include "proxy/core/upstream_cluster.h"
#include "proxy/core/worker.h"

// The half of UpstreamCluster that is Envoy's connection pool, one for each host.
// Source: Envoy, source/common/conn_pool/conn_pool_base.cc.
namespace shaketable::proxy {

void UpstreamCluster::start(Instant now, std::uint32_t attempt, std::uint32_t slot) {
  worker_.attempts[attempt].slot = slot;
  if (const std::uint32_t connection = pools_[slot].ready; connection != kNil) {
    if (!breaker.can_request(config_->circuit_breakers)) {
      overflow(now, Resource::kRequests, config_->circuit_breakers.max_requests);
      worker_.failed.push_back({attempt, ResetReason::kOverflow, false});
      return;
    }
    send_on(now, attempt, connection);
    return;
  }
  if (!breaker.can_queue(config_->circuit_breakers)) {
    overflow(now, Resource::kPendingRequests, config_->circuit_breakers.max_pending_requests);
    worker_.failed.push_back({attempt, ResetReason::kOverflow, false});
    return;
  }
  queue(now, attempt, slot);
}

void UpstreamCluster::queue(Instant now, std::uint32_t attempt, std::uint32_t slot) {
  Pool& pool = pools_[slot];
  UpstreamRequest& request = worker_.attempts[attempt];
  request.state = UpstreamRequest::State::kPending;
  request.next = kNil;
  request.previous = pool.pending_last;
  (pool.pending_last == kNil ? pool.pending_first : worker_.attempts[pool.pending_last].next) =
      attempt;
  pool.pending_last = attempt;
  ++pool.pending;
  ++breaker.pending_requests;
  connect_if_needed(now, slot);
}

void UpstreamCluster::connect_if_needed(Instant now, std::uint32_t slot) {
  Pool& pool = pools_[slot];
  const std::uint32_t capacity = streams_per_connection();
  while (std::uint64_t{pool.connecting} * capacity < pool.pending) {
    if (!breaker.can_connect(config_->circuit_breakers)) {
      overflow(now, Resource::kConnections, config_->circuit_breakers.max_connections);
      if (pool.connections > 0) {
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
  ++pools_[slot].connections;
  ++pools_[slot].connecting;
  ++breaker.connections;
  ++stats.upstream_cx_total;
  push_connection_action(ActionKind::kOpenConnection, handle.slot);
}

void UpstreamCluster::push_connection_action(ActionKind kind, std::uint32_t connection) {
  Action& action = worker_.add_action(kind, proxy_);
  action.host = ids_[worker_.connections[connection].slot];
  action.connection = worker_.connections.packed_of(connection);
}

void UpstreamCluster::send_on(Instant now, std::uint32_t attempt, std::uint32_t connection) {
  UpstreamRequest& request = worker_.attempts[attempt];
  UpstreamConnection& link = worker_.connections[connection];
  ++breaker.requests;
  ++active_[request.slot];
  ++link.streams;
  ++link.served;
  const bool spent = config_->max_requests_per_connection != 0 &&
                     link.served >= config_->max_requests_per_connection;
  if (spent) {
    link.state = UpstreamConnection::State::kDraining;
  }
  if (link.is_ready && (spent || link.streams >= link.max_streams)) {
    unlink_ready(connection);
  }
  request.state = UpstreamRequest::State::kAwaitingHeaders;
  request.connection = connection;
  request.previous = kNil;
  request.next = link.first_attempt;
  if (link.first_attempt != kNil) {
    worker_.attempts[link.first_attempt].previous = attempt;
  }
  link.first_attempt = attempt;
  if (request.per_try_timeout > Duration::zero()) {
    request.per_try = worker_.deadlines.arm(now, request.per_try_timeout,
                                            proxy::timer_payload(TimerKind::kPerTry, attempt));
  }
  ++stats.upstream_rq_total;
  Action& action = worker_.add_action(ActionKind::kSendRequest, proxy_);
  action.flags = (request.is_retry ? kSendRetry : 0U) | (request.is_mirror ? kSendMirror : 0U);
  action.host = ids_[request.slot];
  action.token = request.stream_token;
  action.attempt = worker_.attempts.packed_of(attempt);
  action.connection = worker_.connections.packed_of(connection);
}

void UpstreamCluster::finish(Instant now, std::uint32_t attempt) {
  UpstreamRequest& request = worker_.attempts[attempt];
  const std::uint32_t connection = request.connection;
  worker_.deadlines.cancel(request.per_try);
  UpstreamConnection& link = worker_.connections[connection];
  (request.previous == kNil ? link.first_attempt : worker_.attempts[request.previous].next) =
      request.next;
  if (request.next != kNil) {
    worker_.attempts[request.next].previous = request.previous;
  }
  --breaker.requests;
  --active_[request.slot];
  --link.streams;
  worker_.attempts.erase_slot(attempt);
  release_connection(now, connection);
}

void UpstreamCluster::release_connection(Instant now, std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  const std::uint32_t slot = link.slot;
  if (link.state != UpstreamConnection::State::kDraining) {
    if (!link.is_ready && link.streams < link.max_streams) {
      link_ready(connection);
    }
    if (pools_[slot].pending > 0) {
      serve_pending(now, slot);
    }
    if (is_leaving(link)) [[unlikely]] {
      // What waits here was meant for this host and may still use it; nothing else may.
      if (link.is_ready) {
        drain(connection);
      }
    } else if (link.streams == 0) {
      link.idle_since = now;
      if (!idle_.is_valid()) [[unlikely]] {
        arm_idle(now);
      }
      return;
    }
  }
  if (link.state == UpstreamConnection::State::kDraining && link.streams == 0) {
    close(connection);
    connect_if_needed(now, slot);
  }
}

bool UpstreamCluster::is_leaving(const UpstreamConnection& link) const {
  return !present_[link.slot] || link.era != era_ || retired_;
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
  for (const Pool& pool : pools_) {
    std::uint32_t connection = pool.ready;
    while (connection != kNil) {
      const UpstreamConnection& link = worker_.connections[connection];
      const std::uint32_t next = link.next;
      if (is_leaving(link)) {
        drain(connection);
        if (link.streams == 0) {
          close(connection);
        }
      }
      connection = next;
    }
  }
}

void UpstreamCluster::serve_pending(Instant now, std::uint32_t slot) {
  while (pools_[slot].pending > 0 && pools_[slot].ready != kNil) {
    const std::uint32_t attempt = pools_[slot].pending_first;
    unlink_pending(attempt);
    if (!breaker.can_request(config_->circuit_breakers)) {
      overflow(now, Resource::kRequests, config_->circuit_breakers.max_requests);
      worker_.failed.push_back({attempt, ResetReason::kOverflow, false});
      continue;
    }
    send_on(now, attempt, pools_[slot].ready);
  }
}

void UpstreamCluster::unlink_pending(std::uint32_t attempt) {
  UpstreamRequest& request = worker_.attempts[attempt];
  Pool& pool = pools_[request.slot];
  (request.previous == kNil ? pool.pending_first : worker_.attempts[request.previous].next) =
      request.next;
  (request.next == kNil ? pool.pending_last : worker_.attempts[request.next].previous) =
      request.previous;
  request.next = request.previous = kNil;
  --pool.pending;
  --breaker.pending_requests;
}

void UpstreamCluster::cancel_pending(std::uint32_t attempt) {
  unlink_pending(attempt);
  worker_.attempts.erase_slot(attempt);
}

void UpstreamCluster::link_ready(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  Pool& pool = pools_[link.slot];
  link.is_ready = true;
  link.previous = kNil;
  link.next = pool.ready;
  if (pool.ready != kNil) {
    worker_.connections[pool.ready].previous = connection;
  }
  pool.ready = connection;
}

void UpstreamCluster::unlink_ready(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  (link.previous == kNil ? pools_[link.slot].ready : worker_.connections[link.previous].next) =
      link.next;
  if (link.next != kNil) {
    worker_.connections[link.next].previous = link.previous;
  }
  link.is_ready = false;
}

void UpstreamCluster::forget_connection(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  if (link.is_ready) {
    unlink_ready(connection);
  }
  worker_.deadlines.cancel(link.connect_timeout);
  Pool& pool = pools_[link.slot];
  if (link.state == UpstreamConnection::State::kConnecting) {
    --pool.connecting;
  }
  --pool.connections;
  --breaker.connections;
  worker_.connections.erase_slot(connection);
}

void UpstreamCluster::on_connected(Instant now, std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  ASSERT(link.state == UpstreamConnection::State::kConnecting);
  worker_.deadlines.cancel(link.connect_timeout);
  link.connect_timeout = {};
  link.state = UpstreamConnection::State::kOpen;
  --pools_[link.slot].connecting;
  release_connection(now, connection);
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
  record.host = ids_[slot];
  worker_.telemetry().add(record);
  forget_connection(connection);
  // All that wait fail together, so that the router can decide about each (Envoy's pool does so).
  while (pools_[slot].pending > 0) {
    const std::uint32_t attempt = pools_[slot].pending_first;
    unlink_pending(attempt);
    worker_.failed.push_back({attempt, ResetReason::kConnectFailure, timed_out});
  }
}

void UpstreamCluster::on_connection_closed(Instant now, std::uint32_t connection) {
  const std::uint32_t slot = worker_.connections[connection].slot;
  // Detach the attempts first: their end must not hand this connection to the next in the queue.
  std::uint32_t attempt = worker_.connections[connection].first_attempt;
  while (attempt != kNil) {
    UpstreamRequest& request = worker_.attempts[attempt];
    const std::uint32_t next = request.next;
    request.connection = kNil;
    worker_.deadlines.cancel(request.per_try);
    request.per_try = {};
    --breaker.requests;
    --active_[slot];
    worker_.failed.push_back({attempt, ResetReason::kConnectionTermination, false});
    attempt = next;
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
  for (const Pool& pool : pools_) {
    std::uint32_t connection = pool.ready;
    while (connection != kNil) {
      const UpstreamConnection& link = worker_.connections[connection];
      const std::uint32_t next = link.next;
      if (link.streams == 0 && now - link.idle_since >= timeout) {
        close(connection);
      } else if (link.streams == 0) {
        oldest = std::min(oldest, link.idle_since);
      }
      connection = next;
    }
  }
  if (oldest != kNever && !retired_) {
    idle_ = worker_.deadlines.arm_irregular(after(oldest, timeout),
                                            timer_payload(TimerKind::kPoolIdle));
  }
}

void UpstreamCluster::arm_idle(Instant now) {
  if (idle_.is_valid() || retired_ || config_->pool_idle_timeout <= Duration::zero()) {
    return;
  }
  idle_ =
      worker_.deadlines.arm(now, config_->pool_idle_timeout, timer_payload(TimerKind::kPoolIdle));
}

}  // namespace shaketable::proxy
