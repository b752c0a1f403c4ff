#include "engine/sim/simulator_inl.h"

/// The load: generators of loadgen/core, whose requests enter as calls without a caller.
namespace shaketable::engine {

[[gnu::always_inline]] inline void Simulator::want_load(std::uint32_t load) {
  const Generator& generator = generators_[load];
  const Instant at =
      generator.open != nullptr ? generator.open->next() : generator.users->next_deadline();
  load_wake_.request(kernel_, load, at);
}

void Simulator::wake_for_load(std::uint32_t load) { want_load(load); }

void Simulator::on_load_wake(std::uint32_t load) {
  const Generator& generator = generators_[load];
  if (generator.open != nullptr) {
    loadgen::OpenLoop& open = *generator.open;
    while (open.next() <= now()) {
      const Instant intended = open.next();
      open.advance();
      send_load(load, 0, 0, 0, intended);
    }
  } else {
    while (const auto action = generator.users->next_action(now())) {
      send_load(load, action->request, action->user, action->journey, action->intended);
    }
  }
  want_load(load);
}

[[gnu::always_inline]] inline void Simulator::send_load(std::uint32_t load, std::uint32_t request,
                                                        std::uint32_t user, std::uint32_t journey,
                                                        Instant intended) {
  const Generator& generator = generators_[load];
  LoadCall& call = load_calls_.emplace();
  const CallId id = call.id | kLoadCall;
  call.start = intended;
  call.direct = 0;
  call.load = load;
  call.user = user;
  call.journey = static_cast<std::uint16_t>(journey);
  call.is_refused = false;
  call.has_no_answer = false;
  const Duration timeout = generator.timeouts[request];
  call.timeout =
      timeout > Duration::zero() ? client_timers_.arm(now(), timeout, id) : proxy::TimerHandle{};
  ++requests_;
  ++open_calls_;
  if (is_tracing_) [[unlikely]] {
    const Outgoing& asked = generator.requests[request];
    tracer_.begin_load({.slot = static_cast<std::uint32_t>(call.id),
                        .number = requests_,
                        .load = load,
                        .journey = journey,
                        .service = asked.service,
                        .endpoint = asked.endpoint,
                        .intended = intended});
  }
  if (Visit* const visit = new_direct_visit(id, generator.requests[request]); visit != nullptr)
      [[likely]] {
    call.direct = visit->id;
    if (has_instant_links_ && network_.is_plain(true)) {
      on_request_arrives(*visit);  // a client at the door: nothing lies between
    } else {
      send_request(*visit);
    }
  } else {
    refuse_load(call, generator.requests[request]);
  }
  peak_in_flight_ = std::max<std::uint64_t>(peak_in_flight_, open_calls_);
}

/// Nobody is up: it fails at once, and counts for the service as what `count_lost_client` counts.
[[gnu::cold]] void Simulator::refuse_load(LoadCall& call, const Outgoing& asked) {
  const EndpointIndex endpoint = asked.endpoint - plans_.first_endpoint[asked.service];
  // Of no version, as nobody was there: the first one stands for the service.
  recorder_.on_served(plans_.plan_of(scenario_.mesh, asked.service, 0, endpoint), kNone,
                      Outcome::kConnection, 503, Duration::zero());
  call.is_refused = true;
  client_timers_.cancel(call.timeout);
  call.timeout = client_timers_.arm_irregular(now(), call.id | kLoadCall);
}

void Simulator::end_load_call(CallId id, std::uint16_t status, std::uint32_t flags) {
  LoadCall* const call = load_calls_.find(id & ~kLoadCall);
  if (call == nullptr) [[unlikely]] {
    return;
  }
  client_timers_.cancel(call->timeout);
  if (is_tracing_) [[unlikely]] {
    tracer_.end_load(static_cast<std::uint32_t>(call->id), now(), status, flags);
  }
  load_calls_.erase(*call);
  --open_calls_;
  const Duration latency = now() - call->start;
  recorder_.on_load(call->load, call->journey, outcome_of(status, flags), status, latency);
  if (options_.keep_samples_of == call->load) [[unlikely]] {
    samples_.push_back(latency.count());
  }
  if (loadgen::VirtualUsers* const users = generators_[call->load].users.get(); users != nullptr) {
    users->on_finished(now(), call->user,
                       {call->has_no_answer ? std::uint16_t{0} : status, latency});
    want_load(call->load);
  }
}

}  // namespace shaketable::engine
