// What a hop costs in the simulator: models (a) and (b) of tests/bench/sim/README.md, without
// sidecars and with both sidecars of every hop and all policies on.
//
//   sim_bench a | b | b-sidecars [requests] [copies] [network one way, us] [recording]
//             [run | whole] [requests/s of a copy]
//
// Recording is nothing, counters (which is what a run without outputs does), examples (every
// request is followed, a few of each journey are kept) or everything (all are kept as long as they
// fit). With `run` the program ends with the run, before anything is made of what was recorded.
//
// One JSON line about the requests after a warm-up: CPU nanoseconds a hop, events a hop, mean
// latency, requests in flight (those of users, each of which holds two to three calls between
// services). Count instructions from outside, twice with different numbers of requests to leave the
// start out.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "engine/cli/huge_pages.h"
#include "engine/record/windows.h"
#include "engine/sim/simulation.h"

namespace {

using namespace shaketable::engine;  // NOLINT(google-build-using-namespace)
using shaketable::proxy::Distribution;
using shaketable::proxy::Duration;

constexpr double kRateA = 700;   // requests/s
constexpr double kRateB = 2000;  // requests/s of one copy, unless asked for otherwise

// Until here pools fill and connections open; nothing of it is measured.
constexpr Duration kWarmUp = std::chrono::milliseconds(200);
// A network that takes longer than this one way keeps thousands of requests in flight. Their load
// grows from nothing during the ramp: at full rate every first request would wait for its
// handshakes, ten in a row, and five times as many would be in flight at the peak as in the steady
// state.
constexpr Duration kSlowNetwork = std::chrono::milliseconds(2);
constexpr Duration kSlowRamp = std::chrono::seconds(60);
constexpr Duration kSlowWarmUp = std::chrono::seconds(80);

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Runtime pool(std::uint32_t workers) {
  Runtime runtime;
  runtime.name = "threads";
  runtime.model = RuntimeModel::kWorkers;
  runtime.workers = workers;
  runtime.queue = 0xffff'ffffU;
  runtime.cpus = workers;
  return runtime;
}

Service service(const std::string& name, std::uint32_t instances, std::uint32_t workers,
                Duration mean, bool sidecar) {
  Service result;
  result.name = name;
  result.sidecar = sidecar;
  result.endpoint_names = {"GET /"};
  Version version;
  version.instances = instances;
  version.runtime = pool(workers);
  version.labels = {{"version", "v1"}};
  Endpoint endpoint;
  endpoint.name = "GET /";
  endpoint.method = "GET";
  endpoint.path = "/";
  Step work;
  work.time = Distribution::exponential(mean);
  endpoint.steps.push_back(work);
  version.endpoints.push_back(endpoint);
  result.versions.push_back(version);
  return result;
}

void add_call(Service& caller, ServiceIndex callee) {
  Step step;
  step.kind = Step::Kind::kCall;
  step.call.service = callee;
  step.call.endpoint = 0;
  step.call.timeout = std::chrono::seconds(1);
  caller.versions[0].endpoints[0].steps.push_back(step);
}

Load open_load(ServiceIndex entry, double rate, Duration ramp) {
  Load load;
  load.name = "load";
  const auto ups = static_cast<RateUps>(rate * 1e6);
  if (ramp > Duration{0}) {
    load.stages.push_back({0, ups, ramp});
  }
  load.stages.push_back({ups, ups, Duration{0}});
  load.set_request({entry, 0, {}, ""});
  return load;
}

/// All that a team would switch on, none of it acting in a healthy run.
void add_policies(Mesh& mesh) {
  ClusterPolicy& policy = mesh.default_policy;
  policy.circuit_breakers.max_connections = 10'000'000;
  policy.circuit_breakers.max_pending_requests = 10'000'000;
  policy.circuit_breakers.max_requests = 10'000'000;
  policy.circuit_breakers.retry_budget = shaketable::proxy::RetryBudget{};
  policy.outlier_detection = shaketable::proxy::OutlierDetection{};
  shaketable::proxy::Route& route = mesh.default_route;
  route.timeout = std::chrono::seconds(60);
  route.retry = istio_default_retries();
  route.retry->retry_on |= shaketable::proxy::kRetryOn5xx;
  route.retry->per_try_timeout = std::chrono::seconds(30);
  route.fault = shaketable::proxy::FaultPolicy{};
}

void set_times(Scenario& scenario, Duration warm_up, double requests, double rate) {
  scenario.run.warm_up = warm_up;
  scenario.run.duration = warm_up + Duration(static_cast<std::int64_t>(requests / rate * 1e9));
}

Scenario model_a(double requests) {
  Scenario scenario;
  scenario.mesh.zones = {"zone-1"};
  scenario.mesh.network.same_zone.latency = Distribution::constant(Duration{0});
  scenario.mesh.network.cross_zone.latency = Distribution::constant(Duration{0});
  scenario.mesh.services.push_back(service("queue", 1, 1, std::chrono::milliseconds(1), false));
  scenario.loads.push_back(open_load(0, kRateA, Duration{0}));
  set_times(scenario, kWarmUp, requests, kRateA);
  return scenario;
}

Scenario model_b(double requests, std::uint32_t copies, Duration network, double rate,
                 bool sidecars) {
  Scenario scenario;
  scenario.mesh.zones = {"zone-1"};
  scenario.mesh.network.same_zone.latency = Distribution::constant(network);
  scenario.mesh.network.cross_zone.latency = Distribution::constant(network);
  scenario.mesh.default_route = istio_default_route();
  const auto work = std::chrono::milliseconds(1);
  const bool slow = network > kSlowNetwork;
  for (std::uint32_t copy = 0; copy < copies; ++copy) {
    const auto base = static_cast<ServiceIndex>(scenario.mesh.services.size());
    const std::string suffix = "-" + std::to_string(copy);
    scenario.mesh.services.push_back(service("front" + suffix, 3, 32, work, sidecars));
    for (ServiceIndex m = 1; m <= 3; ++m) {
      scenario.mesh.services.push_back(
          service("mid" + std::to_string(m) + suffix, 3, 8, work, sidecars));
    }
    for (ServiceIndex l = 1; l <= 6; ++l) {
      scenario.mesh.services.push_back(
          service("leaf" + std::to_string(l) + suffix, 3, 1, work, sidecars));
    }
    for (ServiceIndex m = 1; m <= 3; ++m) {
      add_call(scenario.mesh.services[base], base + m);
      add_call(scenario.mesh.services[base + m], base + 3 + 2 * m - 1);
      add_call(scenario.mesh.services[base + m], base + 3 + 2 * m);
    }
    scenario.loads.push_back(open_load(base, rate, slow ? kSlowRamp : Duration{0}));
  }
  if (sidecars) {
    add_policies(scenario.mesh);
  }
  // With a slow network more is in flight at once: pools and timeouts must allow it.
  if (slow) {
    for (Service& s : scenario.mesh.services) {
      s.versions[0].runtime.workers = 100'000;
      s.versions[0].runtime.cpus = 100'000;
      for (Step& step : s.versions[0].endpoints[0].steps) {
        step.call.timeout *= 60;
      }
    }
  }
  set_times(scenario, slow ? kSlowWarmUp : kWarmUp, requests, rate * copies);
  return scenario;
}

}  // namespace

namespace {

SimulationOptions options_for(const Scenario& scenario, const std::string& recording) {
  SimulationOptions options;
  options.windows = windows_of(scenario);
  options.record = recording != "nothing";
  if (recording == "examples" || recording == "everything") {
    options.traces.sample_ppm = 1'000'000;
  }
  if (recording == "everything") {
    options.traces.most_kept = 300'000;
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  use_huge_pages();  // as the program does
  const std::string model = argc > 1 ? argv[1] : "b-sidecars";
  const double requests = argc > 2 ? std::atof(argv[2]) : 100'000;
  const auto copies = static_cast<std::uint32_t>(argc > 3 ? std::atoi(argv[3]) : 1);
  const auto network = std::chrono::microseconds(argc > 4 ? std::atoi(argv[4]) : 250);
  const double copy_rate = argc > 7 ? std::atof(argv[7]) : kRateB;
  const Scenario scenario = model == "a"
                                ? model_a(requests)
                                : model_b(requests, copies, network, copy_rate, model != "b");
  Simulation simulation(scenario, options_for(scenario, argc > 5 ? argv[5] : "counters"));
  simulation.run_until(Instant{} + scenario.run.warm_up);
  const std::uint64_t hops_before = simulation.hops();
  const std::uint64_t events_before = simulation.events();
  const double start = cpu_seconds();
  simulation.run_to_end();
  const double seconds = cpu_seconds() - start;
  const auto hops = static_cast<double>(simulation.hops() - hops_before);
  const auto events = static_cast<double>(simulation.events() - events_before);
  if (argc > 6 && std::strcmp(argv[6], "run") == 0) {
    // The run alone, without what is made of it afterwards.
    std::printf("{\"hops\":%.0f,\"fingerprint\":\"%016llx\"}\n", hops,
                static_cast<unsigned long long>(simulation.fingerprint()));
    std::fflush(stdout);
    std::_Exit(0);
  }
  const std::uint64_t calls = simulation.in_flight();
  const RunRecord record = simulation.take_record();
  const double rate = model == "a" ? kRateA : copy_rate * copies;  // requests/s
  double mean = 0;                                                 // ms
  for (const Series& series : record.series) {
    if (series.subject.kind == Subject::Kind::kJourney && series.subject.load == 0) {
      mean = static_cast<double>(series.total.latency.mean()) * 1e-6;
    }
  }
  std::printf(
      "{\"sim\":\"shaketable\",\"model\":\"%s\",\"hops\":%.0f,\"events\":%.0f,\"cpu_s\":%.4f,"
      "\"ns_hop\":%.1f,\"events_hop\":%.2f,\"mean_ms\":%.4f,\"requests_in_flight\":%.0f,"
      "\"calls_in_flight_at_end\":%llu,\"peak_calls_in_flight\":%llu,\"fingerprint\":\"%016llx\"}"
      "\n",
      model.c_str(), hops, events, seconds, seconds * 1e9 / hops, events / hops, mean,
      rate * mean * 1e-3, static_cast<unsigned long long>(calls),
      static_cast<unsigned long long>(record.statistics.peak_in_flight),
      static_cast<unsigned long long>(record.fingerprint));
  return 0;
}
