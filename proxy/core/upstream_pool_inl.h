#pragma once

#include "proxy/core/upstream_cluster.h"
#include "proxy/core/worker.h"

// The part of the connection pools that every request passes, in the header so that a sidecar's
// inputs become one function each. What happens rarely is in upstream_pool.cc.
namespace shaketable::proxy {

[[gnu::always_inline]] inline void UpstreamCluster::start(Instant now, std::uint32_t slot,
                                                          ActiveStream& stream,
                                                          std::uint32_t host_slot) {
  UpstreamHost& host = hosts_[host_slot];
  stream.attempt.host = &host;
  if (host.ready != kNil && breaker.requests < max_requests_) [[likely]] {
    send_on(now, slot, stream, host);
  } else {
    start_without_connection(now, slot);
  }
}

/// Sends the request on its host's first ready connection.
[[gnu::always_inline]] inline void UpstreamCluster::send_on(Instant now, std::uint32_t slot,
                                                            ActiveStream& stream,
                                                            UpstreamHost& host) {
  const std::uint32_t connection = host.ready;
  UpstreamRequest& request = stream.attempt;
  UpstreamConnection& link = worker_.connections[connection];
  ++breaker.requests;
  ++host.active;
  ++link.streams;
  ++link.served;
  ++stats.upstream_rq_total;
  const bool is_spent = link.served >= max_requests_per_connection_;
  if (is_spent) [[unlikely]] {
    link.state = UpstreamConnection::State::kDraining;
  }
  if (is_spent || link.streams >= link.max_streams) {
    host.ready = link.next;
    link.is_ready = false;
  }
  stream.attempt_state = UpstreamRequest::State::kAwaitingHeaders;
  request.connection = connection;
  request.previous = kNil;
  request.next = link.first_attempt;
  if (link.first_attempt != kNil) {
    worker_.streams[link.first_attempt].attempt.previous = slot;
  }
  link.first_attempt = slot;
  const Duration limit =
      stream.has(kIsMirror) ? stream.route->timeout : stream.route->per_try_timeout;
  if (limit > Duration::zero()) {
    stream.step = worker_.deadlines.arm(now, limit, proxy::timer_payload(TimerKind::kPerTry, slot));
  }
  worker_.actions().push_back({.kind = ActionKind::kSendRequest,
                               .flags = (stream.attempts > 1 ? kSendRetry : 0U) |
                                        (stream.has(kIsMirror) ? kSendMirror : 0U),
                               .proxy = proxy_,
                               .host = host.id,
                               .token = stream.token,
                               .attempt = attempt_id(slot, stream),
                               .connection = worker_.connections.packed_of(connection)});
}

[[gnu::always_inline]] inline void UpstreamCluster::finish(Instant now, ActiveStream& stream,
                                                           UpstreamHost& host) {
  UpstreamRequest& request = stream.attempt;
  const std::uint32_t connection = request.connection;
  UpstreamConnection& link = worker_.connections[connection];
  (request.previous == kNil ? link.first_attempt : worker_.streams[request.previous].attempt.next) =
      request.next;
  if (request.next != kNil) {
    worker_.streams[request.next].attempt.previous = request.previous;
  }
  stream.attempt_state = UpstreamRequest::State::kNone;
  --breaker.requests;
  --host.active;
  --link.streams;
  release_connection(now, connection, host);
}

/// A place on the connection is free: who waits gets it, or it is idle, or it is closed.
[[gnu::always_inline]] inline void UpstreamCluster::release_connection(Instant now,
                                                                       std::uint32_t connection,
                                                                       UpstreamHost& host) {
  UpstreamConnection& link = worker_.connections[connection];
  if (link.state == UpstreamConnection::State::kDraining) [[unlikely]] {
    close_if_drained(now, connection);
    return;
  }
  if (!link.is_ready && link.streams < link.max_streams) {
    link.is_ready = true;
    link.next = host.ready;
    host.ready = connection;
  }
  if (host.pending > 0 || link.era != era_ || !host.present) [[unlikely]] {
    pass_connection_on(now, connection);
    return;
  }
  if (link.streams == 0) {
    link.idle_since = now;
    if (!idle_.is_valid()) [[unlikely]] {
      arm_idle(now);
    }
  }
}

}  // namespace shaketable::proxy
