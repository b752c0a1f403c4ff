#pragma once

#include "engine/sim/simulator.h"
#include "proxy/base/prefetch.h"

/// Prefetching for meshes that are larger than the cache. What an event needs is found in steps, as
/// one thing names the next (visit, stream, cluster, host, connection); events that are near their
/// turn are shown in stages, and each stage asks for what the one before has brought.
///
/// Nothing here decides anything: an event that is shown may be stale, and what it names may be
/// over. So all that is read is memory that stays, and numbers that were once valid in it.
namespace shaketable::engine {

/// `step` 0 to 2, in rising order: what the visit's next step of its program will need.
[[gnu::always_inline]] inline void Simulator::foresee_step(int step, const Visit& visit) {
  const proxy::Sidecar* const sidecar = sidecars_[visit.instance].get();
  const Op* const op = &plans_.ops[visit.op];
  if (step == 0) {
    proxy::prefetch(op);
    proxy::prefetch<2>(sidecar);
    worker_.streams.prefetch(static_cast<std::uint32_t>(visit.local));
    proxy::prefetch(&instances_[visit.instance]);
    proxy::prefetch(&instances_[visit.instance].proxy_work);
    return;
  }
  if (op->kind != Op::Kind::kCall) {
    if (step == 1) {
      proxy::prefetch(&recorder_.levels(service_of_[visit.instance]));
      foresee_stream(static_cast<std::uint32_t>(visit.local));
    }
    return;
  }
  const proxy::UpstreamCluster* const cluster =
      sidecar == nullptr ? nullptr : sidecar->near_cluster(op->usual_cluster);
  if (step == 1) {
    proxy::prefetch(&visit.last_call);  // its second line
    proxy::prefetch(op->usual_route);
    proxy::prefetch<2>(cluster);
    shapes_.prefetch(op->endpoint, visit.headers);
  } else if (cluster != nullptr) {
    sidecar->config().prefetch_route(proxy::Direction::kOutbound,
                                     shapes_.shape_of(op->endpoint, visit.headers));
    cluster->prefetch_hosts();
  }
}

/// What the end of a stream will need, which has its own memory by now.
[[gnu::always_inline]] inline void Simulator::foresee_stream(std::uint32_t slot) {
  if (!worker_.streams.has_slot(slot)) {
    return;
  }
  const proxy::ActiveStream& stream = worker_.streams[slot];
  proxy::prefetch<2>(stream.cluster);
  proxy::prefetch(stream.attempt.host);
  proxy::prefetch(stream.route);
  worker_.connections.prefetch(stream.attempt.connection);
}

/// What a request needs that comes in at an application; `step` 0 to 3.
[[gnu::always_inline]] inline void Simulator::foresee_entry(int step, const Visit& visit) {
  if (visit.is_unknown) [[unlikely]] {
    return;  // its endpoint is another service's
  }
  const proxy::Sidecar* const sidecar = sidecars_[visit.instance].get();
  const EndpointPlan* const plan =
      &plans_.endpoints[instances_[visit.instance].plan_of(visit.endpoint)];
  if (step == 0) {
    proxy::prefetch(plan);
    proxy::prefetch(sidecar);
    proxy::prefetch(&recorder_.levels(service_of_[visit.instance]));
    shapes_.prefetch(visit.endpoint, visit.headers);
    return;
  }
  if (step == 1) {
    proxy::prefetch(&plans_.ops[plan->first_op]);
  }
  if (sidecar == nullptr) {
    return;
  }
  const proxy::UpstreamCluster* const local = sidecar->near_cluster(kInboundCluster);
  if (step == 1) {
    proxy::prefetch(&sidecar->config());
    proxy::prefetch<2>(local);
  } else if (local != nullptr && step == 2) {
    local->prefetch_hosts();
    proxy::prefetch(sidecar->config().only_route(proxy::Direction::kInbound));
  } else if (local != nullptr) {
    local->prefetch_connections();
  }
}

template <int kStage>
[[gnu::always_inline]] inline void Simulator::foresee(const Event& event) {
  const auto slot = static_cast<std::uint32_t>(event.arg);
  const auto kind = static_cast<SimEvent>(event.kind);
  if (kind == SimEvent::kRequestArrives) {
    if (kStage == 0) {
      visits_.prefetch(slot);
      proxy::prefetch(&instances_[event.target]);
      proxy::prefetch(&instances_[event.target].proxy_work);
    } else if (kStage >= 2 && kStage < 4 && !instances_[event.target].has_sidecar) {
      foresee_entry(kStage - 2, visits_.at_slot(slot));
    }
  } else if (kind == SimEvent::kRequestReady) {
    if (kStage == 0) {
      visits_.prefetch(slot);
      proxy::prefetch(&instances_[event.target]);
      proxy::prefetch(&instances_[event.target].work_rng);
    } else if (kStage >= 2 && kStage < 6) {
      foresee_entry(kStage - 2, visits_.at_slot(slot));
    }
  } else if (kind == SimEvent::kWorkDone) {
    if (kStage == 0) {
      visits_.prefetch(slot);
    } else if (kStage >= 2 && kStage < 5) {
      foresee_step(kStage - 2, visits_.at_slot(slot));
    }
  } else if (kind == SimEvent::kResponseArrives || kind == SimEvent::kResponseReady) {
    foresee_response(kStage, event, visits_.at_slot(slot));
  }
}

[[gnu::always_inline]] inline void Simulator::foresee_response(int stage, const Event& event,
                                                               const Visit& visit) {
  if (stage == 0) {
    proxy::prefetch(&visit);
    return;
  }
  const bool is_at_caller = static_cast<SimEvent>(event.kind) == SimEvent::kResponseReady;
  if (visit.by_attempt && !is_at_caller) {
    if (stage == 1 && event.target != kNone) {
      proxy::prefetch(&instances_[event.target].proxy_work);
    }
    return;
  }
  // From here on it is about the caller.
  const auto stream = static_cast<std::uint32_t>(visit.origin);
  std::uint64_t call = visit.origin;
  if (visit.by_attempt) {
    if (stage == 1) {
      worker_.streams.prefetch(stream);
      return;
    }
    if (stage == 2) {
      foresee_stream(stream);
    }
    if (!worker_.streams.has_slot(stream)) {
      return;
    }
    call = worker_.streams[stream].token;
  }
  if ((call & kStepCall) == 0) {
    return;
  }
  const Visit& caller = visits_.at_slot(static_cast<std::uint32_t>(call));
  if (stage == 2) {
    proxy::prefetch<2>(&caller);
  } else if (stage == 3) {
    proxy::prefetch(&plans_.ops[caller.op > 0 ? caller.op - 1 : 0]);  // the call that ends
    foresee_step(0, caller);
  } else if (stage > 3 && stage < 6) {
    foresee_step(stage - 3, caller);
  }
}

}  // namespace shaketable::engine
