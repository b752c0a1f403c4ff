#pragma once

#include "proxy/base/assert.h"
#include "proxy/core/sidecar.h"
#include "proxy/core/upstream_pool_inl.h"
#include "proxy/telemetry/response_flags.h"

// The way of a usual request through a sidecar. In a header, and inlined by force, so that each of
// the two inputs of a request is one function without calls; what is rare is called out of line.
namespace shaketable::proxy {

/// Puts a new stream into what is left of the last one in its slot.
[[gnu::always_inline]] inline void Sidecar::begin_stream(ActiveStream& stream,
                                                         const CompiledRoute* route,
                                                         std::uint64_t token) {
  ASSERT(stream.attempt_state == UpstreamRequest::State::kNone);
  // Field by field: what is left of the last attempt is either what it was at the beginning or set
  // by the next one, and the compiler would clear the whole by a slow string instruction.
  stream.state = ActiveStream::State::kInFlight;
  stream.attempts = 0;
  stream.marks = 0;
  stream.replayable = true;
  stream.retries_left = 0;
  stream.proxy = id_;
  stream.flags = 0;
  stream.epoch = epoch_;
  stream.tried_count = 0;
  stream.route = route;
  stream.cluster = nullptr;
  stream.token = token;
  stream.deadline = kNever;
  stream.timeout = stream.idle = stream.step = TimerHandle{};
  stream.attempt.token = 0;
  ++epoch_streams_;
}

[[gnu::always_inline]] inline void Sidecar::route_request(Instant now, std::uint32_t slot,
                                                          ActiveStream& stream) {
  const CompiledRoute& route = *stream.route;
  if (!route.forwards) [[unlikely]] {
    reply_by_route(slot);
    return;
  }
  const bool is_choice = route.cluster == kNoCluster && route.route.clusters.size() != 1;
  stream.cluster = use_cluster(stream, is_choice ? pick_cluster(route) : route.cluster);
  if (stream.cluster == nullptr) [[unlikely]] {
    reply(slot, 503, kFlagNoClusterFound);
    return;
  }
  stream.retries_left = route.retries;
  arm_timeouts(now, slot, stream, route);
  if (route.has_mirrors) [[unlikely]] {
    start_mirrors(now, slot);  // the slab may grow: `stream` is gone
    start_attempt(now, slot, worker_.streams[slot], route);
    return;
  }
  start_attempt(now, slot, stream, route);
}

[[gnu::always_inline]] inline void Sidecar::arm_timeouts(Instant now, std::uint32_t slot,
                                                         ActiveStream& stream,
                                                         const CompiledRoute& route) {
  if (route.timeout > Duration::zero()) {
    stream.deadline = after(now, route.timeout);
    // A per-try timeout comes first; this one is armed when there is none under way.
    if (route.per_try_timeout == Duration::zero()) {
      stream.timeout =
          worker_.deadlines.arm(now, route.timeout, timer_payload(TimerKind::kRouteTimeout, slot));
    }
  }
  if (route.idle_timeout > Duration::zero()) {
    stream.idle =
        worker_.deadlines.arm(now, route.idle_timeout, timer_payload(TimerKind::kStreamIdle, slot));
  }
}

/// The first attempt of a stream.
[[gnu::always_inline]] inline void Sidecar::start_attempt(Instant now, std::uint32_t slot,
                                                          ActiveStream& stream,
                                                          const CompiledRoute& route) {
  UpstreamCluster& cluster = *stream.cluster;
  const std::uint32_t host = cluster.pick_host(now, lb_rng_);
  if (host == kNil) [[unlikely]] {
    tell(stream, {.at = now, .kind = DecisionKind::kNoHost});
    reply(slot, 503, kFlagNoHealthyUpstream);
    return;
  }
  stream.attempt.sequence += 2;
  stream.state = ActiveStream::State::kInFlight;
  if (route.remembers_hosts) {
    stream.tried[0] = static_cast<std::uint16_t>(host);
    stream.tried_count = 1;
  }
  stream.attempts = 1;
  cluster.start(now, slot, stream, host);
  if (route.per_try_timeout > Duration::zero() &&
      stream.attempt_state != UpstreamRequest::State::kAwaitingHeaders) [[unlikely]] {
    arm_deadline(now, slot);  // it waits: its per-try timeout has not begun
  }
  handle_failures(now);
}

[[gnu::always_inline]] inline void Sidecar::release_timers(const ActiveStream& stream) {
  for (const TimerHandle timer : {stream.timeout, stream.idle, stream.step}) {
    if (timer.is_valid()) {
      worker_.deadlines.cancel(timer);
    }
  }
}

[[gnu::always_inline]] inline void Sidecar::leave_epoch(const ActiveStream& stream) {
  if (stream.epoch == epoch_) [[likely]] {
    --epoch_streams_;
  } else {
    leave_old_epoch(stream.epoch);
  }
}

/// Gives back what the stream holds, except for its slot.
inline void Sidecar::release_stream(ActiveStream& stream) {
  release_timers(stream);
  release_retry(stream);
  release_fault(stream);
  leave_epoch(stream);
}

}  // namespace shaketable::proxy
