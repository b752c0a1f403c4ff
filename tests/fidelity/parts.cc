#include "tests/fidelity/parts.h"

#include <cmath>

namespace shaketable::fidelity {

using engine::Duration;
using engine::Step;
using proxy::Distribution;

Duration seconds(double value) {
  return Duration(static_cast<std::int64_t>(std::llround(value * 1e9)));
}

namespace {

double squared_variation(const std::string& text) {
  return std::stod(text.substr(text.find("scv=") + 4));
}

}  // namespace

Distribution two_exponentials(double p1, double rate1, double rate2) {
  const Distribution::Branch branches[] = {{p1, seconds(1 / rate1)}, {1 - p1, seconds(1 / rate2)}};
  return Distribution::hyperexponential(branches);
}

Distribution named_distribution(const std::string& text, double mean_ms) {
  const Duration mean = milliseconds(mean_ms);
  if (text == "exp") {
    return Distribution::exponential(mean);
  }
  if (text.starts_with("erlang")) {
    return Distribution::erlang(static_cast<std::uint32_t>(std::stoul(text.substr(6))), mean);
  }
  if (text.starts_with("uniform")) {
    return Distribution::uniform(Duration{0}, 2 * mean);
  }
  if (text.starts_with("lognormal")) {
    const double variance = std::log(1 + squared_variation(text));
    return Distribution::lognormal_mu_sigma(std::log(mean_ms * 1e-3) - variance / 2,
                                            std::sqrt(variance));
  }
  if (text.starts_with("hyperexp")) {  // balanced means: p1 / rate1 = p2 / rate2
    const double scv = squared_variation(text);
    const double p1 = (1 + std::sqrt((scv - 1) / (scv + 1))) / 2;
    const double per_second = 1e3 / mean_ms;
    return two_exponentials(p1, 2 * p1 * per_second, 2 * (1 - p1) * per_second);
  }
  return Distribution::constant(mean);
}

engine::Runtime fifo(std::uint32_t servers, std::uint32_t queue) {
  engine::Runtime runtime;
  runtime.name = "threads";
  runtime.model = engine::RuntimeModel::kWorkers;
  runtime.workers = servers;
  runtime.cpus = servers;
  runtime.queue = queue;
  runtime.refuse_connection = false;
  return runtime;
}

engine::Runtime sharing(std::uint32_t cpus) {
  engine::Runtime runtime;
  runtime.name = "go";
  runtime.model = engine::RuntimeModel::kShared;
  runtime.cpus = cpus;
  return runtime;
}

Step work(const Distribution& time) {
  Step step;
  step.time = time;
  return step;
}

Step wait(const Distribution& time) {
  Step step = work(time);
  step.kind = Step::Kind::kWait;
  return step;
}

Step call(engine::ServiceIndex service) {
  Step step;
  step.kind = Step::Kind::kCall;
  step.call.service = service;
  step.call.endpoint = 0;
  return step;
}

Step calls_at_once(const std::vector<engine::ServiceIndex>& services) {
  Step step;
  step.kind = Step::Kind::kParallel;
  for (const engine::ServiceIndex service : services) {
    step.branches.push_back({call(service)});
  }
  return step;
}

engine::Service service(const std::string& name, const engine::Runtime& runtime,
                        const std::vector<std::vector<Step>>& programs, std::uint32_t instances) {
  engine::Service result;
  result.name = name;
  result.sidecar = false;
  engine::Version version;
  version.instances = instances;
  version.runtime = runtime;
  version.labels = {{"version", "v1"}};
  for (std::size_t i = 0; i < programs.size(); ++i) {
    engine::Endpoint endpoint;
    endpoint.method = "GET";
    endpoint.path = "/" + std::to_string(i);
    endpoint.name = endpoint.method + " " + endpoint.path;
    endpoint.steps = programs[i];
    result.endpoint_names.push_back(endpoint.name);
    version.endpoints.push_back(endpoint);
  }
  result.versions.push_back(version);
  return result;
}

engine::Service with_sidecar(engine::Service service) {
  service.sidecar = true;
  service.sidecar_cost.cpu_per_request = Duration{0};
  return service;
}

engine::Load arrivals(engine::ServiceIndex service, double per_second,
                      engine::EndpointIndex endpoint) {
  engine::Load load;
  load.name = "load";
  const auto rate = static_cast<engine::RateUps>(std::llround(per_second * 1e6));
  load.stages = {{rate, rate, Duration{0}}};
  load.set_request({service, endpoint, {}, ""});
  return load;
}

engine::Load users(engine::ServiceIndex service, std::uint32_t count, double think_seconds) {
  engine::Load load;
  load.name = "users";
  load.workers = count;
  load.delay = Distribution::exponential(seconds(think_seconds));
  load.set_request({service, 0, {}, ""});
  load.journeys.front().name = "only";
  return load;
}

Experiment experiment(double length, double warm_up, bool drain) {
  Experiment result;
  engine::Mesh& mesh = result.scenario.mesh;
  mesh.zones = {"zone-1"};
  mesh.network.same_zone.latency = Distribution::constant(Duration{0});
  mesh.network.cross_zone.latency = Distribution::constant(Duration{0});
  mesh.default_route.timeout = Duration{0};
  mesh.default_route.idle_timeout = Duration{0};
  mesh.default_policy.pool_idle_timeout = Duration{0};
  engine::RunSpec& run = result.scenario.run;
  run.duration = seconds(length);
  run.warm_up = seconds(warm_up);
  run.drain = drain ? run.warm_up : Duration{0};
  return result;
}

}  // namespace shaketable::fidelity
