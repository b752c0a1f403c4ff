#pragma once

#include "proxy/core/sidecar.h"
#include "proxy/core/upstream_pool_inl.h"
#include "proxy/telemetry/response_flags.h"

// The way of a usual request through a sidecar. In a header, and inlined by force, so that each of
// the two inputs of a request is one function without calls; what is rare is called out of line.
namespace shaketable::proxy {

[[gnu::always_inline]] inline void Sidecar::begin_stream(ActiveStream& stream,
                                                         const CompiledRoute* route,
                                                         std::uint64_t token) {
  const std::uint32_t sequence = stream.attempt.sequence;
  stream = ActiveStream{};
  stream.attempt.sequence = sequence;
  stream.proxy = id_;
  stream.epoch = current_.number;
  stream.route = route;
  stream.token = token;
  ++current_.streams;
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
  arm_timeouts(now, slot, stream);
  if (route.has_mirrors) [[unlikely]] {
    start_mirrors(now, slot);  // the slab may grow: `stream` is gone
    start_attempt(now, slot, worker_.streams[slot]);
    return;
  }
  start_attempt(now, slot, stream);
}

[[gnu::always_inline]] inline void Sidecar::arm_timeouts(Instant now, std::uint32_t slot,
                                                         ActiveStream& stream) {
  const CompiledRoute& route = *stream.route;
  if (route.timeout > Duration::zero()) {
    stream.deadline = after(now, route.timeout);
    // A per-try timeout comes first; `send_attempt` arms this one only if it has to.
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
                                                          ActiveStream& stream) {
  send_attempt(now, slot, stream, stream.cluster->pick_host(now, lb_rng_));
}

[[gnu::always_inline]] inline void Sidecar::send_attempt(Instant now, std::uint32_t slot,
                                                         ActiveStream& stream, std::uint32_t host) {
  if (host == kNil) [[unlikely]] {
    reply(slot, 503, kFlagNoHealthyUpstream);
    return;
  }
  stream.attempt.sequence += 2;
  stream.state = ActiveStream::State::kInFlight;
  if (stream.route->remembers_hosts) {
    stream.tried[stream.tried_count++ % stream.tried.size()] = static_cast<std::uint16_t>(host);
  }
  if (stream.attempts != 0xff) {
    ++stream.attempts;
  }
  stream.cluster->start(now, slot, stream, host);
  if (stream.deadline != kNever && !stream.timeout.is_valid() && !is_covered_by_try(now, stream)) {
    arm_deadline(now, slot);
  }
  handle_failures(now);
}

/// Gives back what the stream holds, except for its slot.
[[gnu::always_inline]] inline void Sidecar::release_stream(ActiveStream& stream) {
  worker_.deadlines.cancel(stream.timeout);
  worker_.deadlines.cancel(stream.idle);
  worker_.deadlines.cancel(stream.step);
  release_retry(stream);
  release_fault(stream);
  if (stream.epoch == current_.number) [[likely]] {
    --current_.streams;
  } else {
    leave_epoch(stream.epoch);
  }
}

}  // namespace shaketable::proxy
