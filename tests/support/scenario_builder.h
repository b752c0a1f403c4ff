#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"
#include "engine/sim/simulator.h"
#include "proxy/base/assert.h"

/// Small meshes and scenarios, written in a few lines, for tests of the simulator.
namespace shaketable::support {

using engine::Duration;
using engine::Instant;
using engine::kNone;
using proxy::Distribution;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

/// The moment that lies `offset` after the start.
inline Instant at(Duration offset) { return Instant{} + offset; }

inline engine::Step work(Duration time) {
  engine::Step step;
  step.kind = engine::Step::Kind::kWork;
  step.time = Distribution::constant(time);
  return step;
}
inline engine::Step work(Distribution time) {
  engine::Step step;
  step.kind = engine::Step::Kind::kWork;
  step.time = std::move(time);
  return step;
}
inline engine::Step wait(Duration time) {
  engine::Step step;
  step.kind = engine::Step::Kind::kWait;
  step.time = Distribution::constant(time);
  return step;
}
inline engine::Step parallel(std::vector<std::vector<engine::Step>> branches) {
  engine::Step step;
  step.kind = engine::Step::Kind::kParallel;
  step.branches = std::move(branches);
  return step;
}

/// One request per worker, `queue` places in front, one CPU per worker unless said otherwise.
inline engine::Runtime workers(std::uint32_t count, std::uint32_t queue = 100,
                               std::uint32_t cpus = 0) {
  engine::Runtime runtime;
  runtime.name = "gunicorn";
  runtime.model = engine::RuntimeModel::kWorkers;
  runtime.workers = count;
  runtime.queue = queue;
  runtime.cpus = cpus == 0 ? count : cpus;
  return runtime;
}
inline engine::Runtime event_loop(std::uint32_t loops = 1, std::uint32_t cpus = 0) {
  engine::Runtime runtime;
  runtime.name = "uvicorn";
  runtime.model = engine::RuntimeModel::kEventLoop;
  runtime.workers = loops;
  runtime.cpus = cpus == 0 ? loops : cpus;
  return runtime;
}
/// Processor sharing. Go's and the like notice when their caller has gone.
inline engine::Runtime shared(std::uint32_t cpus, bool cancel = false) {
  engine::Runtime runtime;
  runtime.name = "go";
  runtime.model = engine::RuntimeModel::kShared;
  runtime.cpus = cpus;
  runtime.cancel = cancel;
  return runtime;
}

/// Builds a scenario. Callees are declared before their callers. By default: one zone, 1 ms each
/// way, no TLS, no sidecars, policies that do nothing, a run of 10 s and no drain.
class ScenarioBuilder {
 public:
  ScenarioBuilder() {
    scenario.name = "test";
    scenario.mesh.name = "test";
    scenario.mesh.zones = {"zone-1"};
    scenario.mesh.network.same_zone.latency = Distribution::constant(1ms);
    scenario.mesh.network.cross_zone.latency = Distribution::constant(5ms);
    scenario.mesh.network.tls = false;
    scenario.mesh.default_route.timeout = Duration::zero();
    scenario.mesh.default_route.idle_timeout = Duration::zero();
    scenario.run.duration = 10s;
  }

  /// A service with one endpoint, "GET /<name>", and `instances` copies.
  engine::Service& service(const std::string& name, const engine::Runtime& runtime,
                           std::vector<engine::Step> steps, std::uint32_t instances = 1) {
    engine::Service& service = scenario.mesh.services.emplace_back();
    service.name = name;
    service.entry = true;
    service.sidecar = sidecars;
    service.sidecar_cost.cpu_per_request = Duration::zero();
    service.endpoint_names = {"GET /" + name};
    add_version(service, "v1", runtime, std::move(steps), instances);
    return service;
  }

  /// A further version of the service declared last.
  engine::Version& version(const std::string& name, const engine::Runtime& runtime,
                           std::vector<engine::Step> steps, std::uint32_t instances = 1) {
    return add_version(scenario.mesh.services.back(), name, runtime, std::move(steps), instances);
  }

  [[nodiscard]] engine::Step call(const std::string& callee) const {
    engine::Step step;
    step.kind = engine::Step::Kind::kCall;
    step.call.service = index(callee);
    step.call.endpoint = 0;
    return step;
  }
  [[nodiscard]] engine::Step optional_call(const std::string& callee) const {
    engine::Step step = call(callee);
    step.call.optional = true;
    return step;
  }
  [[nodiscard]] engine::Step call_with_timeout(const std::string& callee, Duration timeout) const {
    engine::Step step = call(callee);
    step.call.timeout = timeout;
    return step;
  }
  [[nodiscard]] engine::Step call_sometimes(const std::string& callee, std::uint32_t ppm) const {
    engine::Step step = call(callee);
    step.call.probability_ppm = ppm;
    return step;
  }

  [[nodiscard]] engine::ServiceIndex index(const std::string& name) const {
    const engine::ServiceIndex found = engine::find_service(scenario.mesh, name);
    ASSERT(found != kNone);
    return found;
  }
  engine::Service& operator[](const std::string& name) {
    return scenario.mesh.services[index(name)];
  }

  /// `count` requests, `gap` apart, the first one at `first`.
  engine::Load& requests(const std::string& service, std::uint32_t count, Duration gap = 1s,
                         Duration first = 0s) {
    engine::Load& load = new_load(service, at(first));
    load.arrivals = engine::Arrivals::kConstant;
    load.stop = at(first + gap * (count - 1)) + gap / 2;
    const auto rate = static_cast<engine::RateUps>(1'000'000'000'000'000 / gap.count());
    load.stages = {{rate, rate, Duration::zero()}};
    return load;
  }
  /// Poisson arrivals.
  engine::Load& poisson(const std::string& service, std::uint64_t per_second) {
    engine::Load& load = new_load(service, Instant{});
    load.stages = {{per_second * 1'000'000, per_second * 1'000'000, Duration::zero()}};
    return load;
  }
  /// `count` requests at one moment.
  engine::Load& burst(const std::string& service, std::uint32_t count, Duration when = 0s) {
    engine::Load& load = users(service, count, 1h);
    load.start = at(when);
    load.stop = at(when) + 1ns;
    return load;
  }
  /// A closed loop of `count` workers that sleep `delay` between two requests.
  engine::Load& users(const std::string& service, std::uint32_t count, Duration delay) {
    engine::Load& load = new_load(service, Instant{});
    load.workers = count;
    load.delay = Distribution::constant(delay);
    load.journeys.front().name = "journey";
    return load;
  }

  engine::Fault& fault(engine::FaultKind kind, const std::string& service, Duration when,
                       Duration length) {
    engine::Fault& fault = scenario.faults.emplace_back();
    fault.name = "fault-" + std::to_string(scenario.faults.size());
    fault.kind = kind;
    fault.at = at(when);
    fault.length = length;
    if (!service.empty()) {
      fault.target.service = index(service);
    }
    return fault;
  }

  /// The policy of calls to a service, made from the mesh's defaults at its first use.
  engine::DestinationPolicy& policy(const std::string& service) {
    const engine::ServiceIndex callee = index(service);
    for (engine::DestinationPolicy& known : scenario.mesh.policies) {
      if (known.service == callee) {
        return known;
      }
    }
    engine::DestinationPolicy& policy = scenario.mesh.policies.emplace_back();
    policy.service = callee;
    policy.policy = scenario.mesh.default_policy;
    policy.default_route = scenario.mesh.default_route;
    return policy;
  }

  engine::Scenario scenario;
  bool sidecars = false;  ///< For the services that are declared from here on.

 private:
  static engine::Version& add_version(engine::Service& service, const std::string& name,
                                      const engine::Runtime& runtime,
                                      std::vector<engine::Step> steps, std::uint32_t instances) {
    engine::Version& version = service.versions.emplace_back();
    version.name = name;
    version.instances = instances;
    version.runtime = runtime;
    version.labels = {{"version", name}};
    engine::Endpoint endpoint;
    endpoint.name = service.endpoint_names.front();
    endpoint.method = "GET";
    endpoint.path = "/" + service.name;
    endpoint.steps = std::move(steps);
    version.endpoints = {endpoint};
    return version;
  }

  engine::Load& new_load(const std::string& service, Instant start) {
    engine::Load& load = scenario.loads.emplace_back();
    load.name = "load-" + std::to_string(scenario.loads.size());
    load.set_request({index(service), 0, {}, ""});
    load.start = start;
    return load;
  }
};

/// A run of a scenario, with what one wants to know about it.
class TestRun {
 public:
  explicit TestRun(engine::Scenario scenario, std::uint32_t samples_of = 0, std::uint64_t seed = 1)
      : scenario_(std::move(scenario)), simulator_(scenario_, options(samples_of, seed)) {}

  engine::Simulator& simulator() { return simulator_; }
  [[nodiscard]] const engine::Scenario& scenario() const { return scenario_; }

  /// To the end; the record is then at hand.
  TestRun& finish() {
    simulator_.run_until(simulator_.end());
    record_ = simulator_.take_record();
    return *this;
  }

  /// Latencies of the load whose samples are kept, in order of completion.
  [[nodiscard]] std::vector<Duration> latencies() const {
    std::vector<Duration> result;
    for (const std::int64_t sample : simulator_.samples()) {
      result.emplace_back(sample);
    }
    return result;
  }
  [[nodiscard]] const engine::RunRecord& record() const { return record_; }

  /// Answers of the whole run with that outcome, as clients of load `load` saw them.
  [[nodiscard]] std::uint64_t answers(engine::Outcome outcome, std::uint32_t load = 0) const {
    engine::Subject subject;
    subject.kind = engine::Subject::Kind::kJourney;
    subject.load = load;
    return count(subject, outcome);
  }
  /// Answers that the service gave.
  [[nodiscard]] std::uint64_t served(const std::string& service, engine::Outcome outcome,
                                     engine::VersionIndex version = kNone) const {
    engine::Subject subject;
    subject.kind =
        version == kNone ? engine::Subject::Kind::kService : engine::Subject::Kind::kVersion;
    subject.service = engine::find_service(scenario_.mesh, service);
    subject.version = version;
    return count(subject, outcome);
  }
  /// Answers that `caller` got from `callee`; nullptr if it never got one.
  [[nodiscard]] const engine::Series* edge(const std::string& caller,
                                           const std::string& callee) const {
    engine::Subject subject;
    subject.kind = engine::Subject::Kind::kEdge;
    subject.caller = engine::find_service(scenario_.mesh, caller);
    subject.service = engine::find_service(scenario_.mesh, callee);
    return engine::find_series(record_, subject);
  }
  [[nodiscard]] std::vector<engine::RunEvent> events(engine::EventKind kind) const {
    std::vector<engine::RunEvent> result;
    for (const engine::RunEvent& event : record_.events) {
      if (event.kind == kind) {
        result.push_back(event);
      }
    }
    return result;
  }

 private:
  static engine::SimulationOptions options(std::uint32_t samples_of, std::uint64_t seed) {
    engine::SimulationOptions options;
    options.seed = seed;
    options.keep_samples_of = samples_of;
    return options;
  }
  [[nodiscard]] std::uint64_t count(const engine::Subject& subject, engine::Outcome outcome) const {
    const engine::Series* const series = engine::find_series(record_, subject);
    return series == nullptr ? 0 : series->total.outcomes[static_cast<std::size_t>(outcome)];
  }

  engine::Scenario scenario_;
  engine::Simulator simulator_;
  engine::RunRecord record_;
};

/// Runs a scenario to its end.
inline std::unique_ptr<TestRun> run(const ScenarioBuilder& builder, std::uint32_t samples_of = 0,
                                    std::uint64_t seed = 1) {
  auto result = std::make_unique<TestRun>(builder.scenario, samples_of, seed);
  result->finish();
  return result;
}

}  // namespace shaketable::support
