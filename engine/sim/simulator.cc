#include <algorithm>
#include <utility>

#include "engine/sim/simulator_inl.h"
#include "proxy/telemetry/response_flags.h"

namespace shaketable::engine {

Outcome unusual_outcome(std::uint16_t status, std::uint32_t flags) {
  if (flags != 0) {
    if ((flags & (proxy::kFlagUpstreamRequestTimeout | proxy::kFlagStreamIdleTimeout)) != 0) {
      return Outcome::kTimeout;
    }
    if ((flags & proxy::kFlagUpstreamOverflow) != 0) {
      return Outcome::kRefused;
    }
    if ((flags & (proxy::kFlagNoHealthyUpstream | proxy::kFlagNoRouteFound |
                  proxy::kFlagNoClusterFound)) != 0) {
      return Outcome::kNoHost;
    }
    if ((flags &
         (proxy::kFlagUpstreamConnectionFailure | proxy::kFlagUpstreamConnectionTermination |
          proxy::kFlagUpstreamRemoteReset | proxy::kFlagLocalReset)) != 0) {
      return Outcome::kConnection;
    }
    if ((flags & proxy::kFlagFaultInjected) != 0) {
      return Outcome::kInjected;
    }
  }
  if (status < 400) {
    return Outcome::kOk;
  }
  return status < 500 ? Outcome::kClientError : Outcome::kServerError;
}

void Simulator::run_until(Instant end) {
  const Instant stop = std::min(end, end_);
  // Into the kernel's loop, or each event would be written to memory and called for.
  const auto handler = [this](const Event& event) __attribute__((always_inline)) {
    handle(body_of(event));
  };
  const auto never = [] { return false; };
  const auto look = [this](auto stage, const Event& event) __attribute__((always_inline)) {
    foresee<stage>(event);
  };
  const bool looks_ahead =
      instances_.size() >= kManyInstances || visits_.slot_count() >= kManyVisits;
  while (kernel_.now() < stop || kernel_.next_at() <= stop) {
    const RunStatus status = kernel_.run_until<kStages>(stop, handler, never, look, looks_ahead);
    if (status != RunStatus::kReachedTime && status != RunStatus::kIdle) {
      return;
    }
  }
  finished_ = finished_ || kernel_.now() >= end_;
}

std::uint64_t Simulator::step(std::uint64_t count) {
  std::uint64_t done = 0;
  while (done < count && kernel_.next_at() <= end_) {
    done += kernel_.step(1, [this](const Event& event) { handle_once(event); });
  }
  finished_ = finished_ || kernel_.next_at() > end_;
  return done;
}

/// Carries out what the cores decided, and makes sure that they are called again in time.
[[gnu::always_inline]] inline void Simulator::settle() {
  carry_out_actions();
  core_wake_.request(kernel_, 0, worker_.next_deadline());
  client_wake_.request(kernel_, 0, client_timers_.next());
  if (!worker_.telemetry().empty()) [[unlikely]] {
    read_telemetry();
  }
}

/// Late events, of visits that are over, find nothing.
[[gnu::always_inline]] inline void Simulator::handle(EventBody event) {
  switch (static_cast<SimEvent>(event.kind)) {
    case SimEvent::kRequestArrives:
      if (Visit* const visit = visits_.find(event.arg); visit != nullptr) {
        on_request_arrives(*visit);
      }
      break;
    case SimEvent::kRequestReady:
      if (Visit* const visit = visits_.find(event.arg); visit != nullptr) {
        on_request_ready(*visit);
      }
      break;
    case SimEvent::kWorkDone:
      if (Visit* const visit = visits_.find(event.arg); visit != nullptr) {
        on_work_done(*visit);
      }
      break;
    case SimEvent::kResponseArrives:
      if (Visit* const visit = visits_.find(event.arg); visit != nullptr) {
        on_response_arrives(*visit);
      }
      break;
    case SimEvent::kResponseReady:
      if (Visit* const visit = visits_.find(event.arg); visit != nullptr) {
        on_response_ready(*visit);
      }
      break;
    case SimEvent::kLoadWake:
      if (load_wake_.fired(now(), event.target)) {
        on_load_wake(event.target);
      }
      break;
    case SimEvent::kWaitDone:
    case SimEvent::kBegin:
    case SimEvent::kCpuAlarm:
    case SimEvent::kCancelArrives:
    case SimEvent::kConnectDone:
    case SimEvent::kConnectionClosed:
    case SimEvent::kCoreDeadline:
    case SimEvent::kClientDeadline:
    case SimEvent::kFault:
    case SimEvent::kRestart:
    case SimEvent::kDiscovery:
    case SimEvent::kConfigArrives:
    case SimEvent::kGcPause:
    case SimEvent::kBucketEnd:
    case SimEvent::kAutoscale:
    case SimEvent::kReady:
    case SimEvent::kGone:
    case SimEvent::kOutOfMemory:
    case SimEvent::kPipeReached:
      handle_rare(event.kind, event.flags, event.small, event.target, event.arg);
      break;
  }
  settle();
}

void Simulator::handle_once(const Event& event) { handle(body_of(event)); }

/// One by one, so that they stay in registers until it is known that the event is a rare one.
[[gnu::noinline]] void Simulator::handle_rare(std::uint8_t kind, std::uint8_t flags,
                                              std::uint16_t small, std::uint32_t target,
                                              std::uint64_t arg) {
  const EventBody event{kind, flags, small, target, arg};
  switch (static_cast<SimEvent>(event.kind)) {
    case SimEvent::kRequestArrives:
    case SimEvent::kRequestReady:
    case SimEvent::kWorkDone:
    case SimEvent::kResponseArrives:
    case SimEvent::kResponseReady:
    case SimEvent::kLoadWake:
      break;
    case SimEvent::kWaitDone:
      if (Visit* const visit = visits_.find(event.arg); visit != nullptr) {
        run_visit(*visit);
      }
      break;
    case SimEvent::kBegin:
      if (Visit* const visit = visits_.find(event.arg); visit != nullptr) {
        begin_execution(*visit, instances_[visit->instance]);
      }
      break;
    case SimEvent::kCpuAlarm:
      on_cpu_alarm(event.target, event.small);
      break;
    case SimEvent::kCancelArrives:
      if (Visit* const visit = visits_.find(event.arg); visit != nullptr) {
        on_cancel_arrives(*visit);
      }
      break;
    case SimEvent::kConnectDone:
      on_connect_done(event);
      break;
    case SimEvent::kConnectionClosed:
      if (sidecars_[event.target] != nullptr) {
        sidecars_[event.target]->on_connection_closed(now(), event.arg);
      }
      break;
    case SimEvent::kCoreDeadline:
      if (core_wake_.fired(now(), event.target)) {
        worker_.on_deadline(now());
      }
      break;
    case SimEvent::kClientDeadline:
      if (client_wake_.fired(now(), event.target)) {
        while (const auto call = client_timers_.pop_due(now())) {
          on_call_timeout(*call);
        }
      }
      break;
    case SimEvent::kFault:
      if (event.flags == kFaultRises) {
        on_fault_rises(event.target, event.small);
      } else if (event.flags == kFaultGoesOn) {
        leak_slots(event.target);
      } else {
        on_fault(event.target, event.flags != kFaultEnds);
      }
      break;
    case SimEvent::kRestart:
      restart(event.target, "restarted");
      break;
    case SimEvent::kDiscovery:
      on_discovery(event.target);
      break;
    case SimEvent::kConfigArrives:
      on_config_arrives(event.target, static_cast<std::uint32_t>(event.arg));
      break;
    case SimEvent::kGcPause:
      on_gc_pause(event.target, event.flags == 0);
      break;
    case SimEvent::kAutoscale:
      on_autoscale(event.target);
      break;
    case SimEvent::kReady:
      on_ready(event.target, event.small);
      break;
    case SimEvent::kGone:
      on_gone(event.target, event.small);
      break;
    case SimEvent::kOutOfMemory:
      on_out_of_memory(event.target, static_cast<std::uint32_t>(event.arg));
      break;
    case SimEvent::kPipeReached:
      if (Visit* const visit = visits_.find(event.arg); visit != nullptr) {
        on_pipe_reached(static_cast<SimEvent>(event.flags), *visit);
      }
      break;
    case SimEvent::kBucketEnd:
      if (recorder_.next_boundary() <= now()) {  // A fault of this moment may have done it.
        log_.advance(now());
        recorder_.close_bucket(now());
      }
      kernel_.schedule(recorder_.next_boundary(), {.kind = event.kind});
      break;
  }
}

void Simulator::read_telemetry() {
  for (const proxy::TelemetryRecord& record : worker_.telemetry().records()) {
    const ServiceIndex caller = instances_[record.proxy].place.service;
    const std::uint32_t number =
        record.host < instances_.size() ? instances_[record.host].place.number : kNone;
    log_.add(record, caller, number);
  }
  worker_.telemetry().clear();
}

std::uint64_t Simulator::draws() const {
  std::uint64_t draws = retired_draws_ + load_rng_.draws() + certificates_.draws();
  for (const std::unique_ptr<proxy::Sidecar>& proxy : sidecars_) {
    draws += proxy == nullptr ? 0 : proxy->draws();
  }
  for (const Instance& instance : instances_) {
    draws += instance.work_rng.draws() + instance.choice_rng.draws() + instance.network_rng.draws();
  }
  for (const Generator& generator : generators_) {
    draws += generator.open == nullptr ? 0 : generator.open->draws();
    draws += generator.users == nullptr ? 0 : generator.users->draws();
  }
  return draws;
}

std::uint64_t Simulator::fingerprint() const {
  return proxy::mix64(kernel_.fingerprint().value() ^ proxy::mix64(draws()));
}

void Simulator::forget_samples() {
  samples_.clear();
  queue_samples_ = {};
}

namespace {

/// What the limits of a load did.
void explain_load(const Load& load, const loadgen::VirtualUsers& users, Instant now,
                  RunRecord& record) {
  const auto add = [&](std::uint64_t count, const std::string& text) {
    if (count > 0) {
      record.explanations.push_back(
          {load.name + ": " + text, kNone, kNone, count, load.start, now});
    }
  };
  if (const loadgen::ArrivalLoop* const open = users.pacer().open(); open != nullptr) {
    const std::string limit = "max_in_flight of " + std::to_string(load.max_in_flight);
    add(open->dropped(), "arrivals dropped, beyond " + limit);
    add(open->delayed(), "arrivals waited, beyond " + limit);
  }
}

}  // namespace

RunRecord Simulator::take_record() {
  read_telemetry();
  read_decisions();
  return finish_record(recorder_, log_, tracer_);
}

RunRecord Simulator::peek_record() {
  read_telemetry();
  read_decisions();
  Recorder recorder = recorder_;
  EventLog log = log_;
  Tracer tracer = tracer_;
  return finish_record(recorder, log, tracer);
}

RunRecord Simulator::finish_record(Recorder& recorder, EventLog& log, Tracer& tracer) {
  RunRecord record;
  record.seed = options_.seed;
  record.ended = now();
  record.interrupted = !finished_;
  record.fingerprint = fingerprint();
  for (const Fingerprint::CheckPoint& point : kernel_.fingerprint().check_points()) {
    record.checkpoints.push_back(point.hash);
  }
  record.statistics.events = kernel_.events();
  record.statistics.hops = hops_;
  record.statistics.requests = requests_;
  record.statistics.in_flight_at_end = open_calls_;
  // The load alone moves the peak; services may have called since then.
  record.statistics.peak_in_flight = std::max<std::uint64_t>(peak_in_flight_, open_calls_);
  record.statistics.draws = draws();
  record.statistics.ties = kernel_.ties();
  recorder.finish(now(), record);
  log.finish(now(), record);
  for (std::size_t l = 0; l < generators_.size(); ++l) {
    if (generators_[l].users != nullptr) {
      explain_load(scenario_.loads[l], *generators_[l].users, now(), record);
    }
  }
  finish_traces(tracer, record);
  return record;
}

// ---- the public face --------------------------------------------------------------------------

Simulation::Simulation(const Scenario& scenario, SimulationOptions options)
    : simulator_(std::make_unique<Simulator>(scenario, std::move(options))) {}
Simulation::~Simulation() = default;

void Simulation::run_until(Instant end) { simulator_->run_until(end); }
void Simulation::run_to_end() { simulator_->run_until(simulator_->end()); }
std::uint64_t Simulation::step(std::uint64_t count) { return simulator_->step(count); }
void Simulation::pause() { simulator_->pause(); }
bool Simulation::finished() const { return simulator_->finished(); }
Instant Simulation::now() const { return simulator_->now(); }
Instant Simulation::end() const { return simulator_->end(); }
std::uint64_t Simulation::events() const { return simulator_->events(); }
std::uint64_t Simulation::hops() const { return simulator_->hops(); }
std::uint64_t Simulation::fingerprint() const { return simulator_->fingerprint(); }
std::uint64_t Simulation::in_flight() const { return simulator_->in_flight(); }
std::uint64_t Simulation::pending_events() const { return simulator_->pending_events(); }
void Simulation::inject(const Fault& fault) { simulator_->inject(fault); }
const std::vector<Fault>& Simulation::journal() const { return simulator_->journal(); }
const std::vector<std::int64_t>& Simulation::samples() const { return simulator_->samples(); }
const QueueSamples& Simulation::queue_samples() const { return simulator_->queue_samples(); }
void Simulation::forget_samples() { simulator_->forget_samples(); }
LiveRecord Simulation::live() const { return simulator_->live(); }
std::vector<BreakerLevel> Simulation::breakers() const { return simulator_->breakers(); }
RunRecord Simulation::peek_record() { return simulator_->peek_record(); }
RunRecord Simulation::take_record() { return simulator_->take_record(); }

}  // namespace shaketable::engine
