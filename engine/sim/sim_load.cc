#include "engine/sim/simulator.h"

/// The load: generators of loadgen/core, whose requests enter as calls without a caller.
namespace shaketable::engine {

void Simulator::want_load(std::uint32_t load) {
  const Generator& generator = generators_[load];
  const Instant at =
      generator.open != nullptr ? generator.open->next() : generator.closed->next_deadline();
  load_wake_.request(kernel_, load, at);
}

void Simulator::on_load_wake(std::uint32_t load) {
  Generator& generator = generators_[load];
  if (generator.open != nullptr) {
    while (generator.open->next() <= now()) {
      const Instant intended = generator.open->next();
      generator.open->advance();
      send_load(load, 0, 0, 0, intended);
    }
  } else {
    while (const auto action = generator.closed->next_action(now())) {
      send_load(load, action->request, action->worker, action->journey, action->intended);
    }
  }
  want_load(load);
}

void Simulator::send_load(std::uint32_t load, std::uint32_t request, std::uint32_t worker,
                          std::uint32_t journey, Instant intended) {
  const Generator& generator = generators_[load];
  const LoadRequest& wanted = generator.requests[request];
  Call call;
  call.start = intended;
  call.service = wanted.service;
  call.endpoint = plans_.first_endpoint[wanted.service] + wanted.endpoint;
  call.headers = generator.header_sets[request];
  call.load = load;
  call.worker = worker;
  call.journey = static_cast<std::uint16_t>(journey);
  ++requests_;
  start_call(call, scenario_.loads[load].timeout);
  peak_in_flight_ = std::max<std::uint64_t>(peak_in_flight_, calls_.size());
}

void Simulator::end_load_request(const Call& call, std::uint16_t status, std::uint32_t flags) {
  const Duration latency = now() - call.start;
  recorder_.on_load(call.load, call.journey, outcome_of(status, flags), latency);
  if (options_.keep_samples_of == call.load) {
    samples_.push_back(latency.count());
  }
  if (generators_[call.load].closed != nullptr) {
    generators_[call.load].closed->on_finished(now(), call.worker);
    want_load(call.load);
  }
}

}  // namespace shaketable::engine
