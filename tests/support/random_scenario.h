#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "proxy/base/rng.h"
#include "tests/support/scenario_builder.h"

namespace shaketable::support {

/// What a random scenario may contain.
struct SwarmOptions {
  bool faults = true;
  bool policies = true;  ///< Retries, breakers, ejections, splits, mirrors; sidecars at random.
  Duration duration = 4s;
  Duration drain = 300s;  ///< Enough for every queue to empty and every retransmission to end.
};

/// A random mesh, load and trouble, the same one for the same seed. Every client and every call has
/// a timeout, so that nothing waits for ever.
class RandomScenario {
 public:
  RandomScenario(std::uint64_t seed, const SwarmOptions& options)
      : rng_(proxy::Rng(seed).stream("swarm", 0)), options_(options) {}

  [[nodiscard]] engine::Scenario make() {
    engine::Mesh& mesh = build_.scenario.mesh;
    build_.scenario.run.duration = options_.duration;
    build_.scenario.run.drain = options_.drain;
    mesh.zones.resize(1 + pick(3), "zone");
    mesh.network.tls = chance(500'000);
    mesh.network.discovery_delay = ms(1 + pick(800));
    mesh.network.same_zone.latency = chance(500'000)
                                         ? Distribution::constant(us(100 + pick(400)))
                                         : Distribution::exponential(us(100 + pick(400)));
    mesh.network.same_zone.loss_ppm = chance(250'000) ? 5'000 : 0;
    if (options_.policies) {
      mesh.default_route = engine::istio_default_route();
    }
    mesh.default_route.timeout = ms(200 + pick(800));
    const std::uint64_t services = 2 + pick(6);
    for (std::uint64_t s = 0; s < services; ++s) {
      add_service("service-" + std::to_string(s));
    }
    if (options_.policies) {
      for (engine::ServiceIndex s = 0; s < services; ++s) {
        add_policy(s);
        add_autoscaler(build_.scenario.mesh.services[s]);
      }
    }
    for (std::uint64_t l = 0, loads = 1 + pick(3); l < loads; ++l) {
      add_load();
    }
    for (std::uint64_t f = 0, faults = options_.faults ? pick(7) : 0; f < faults; ++f) {
      add_fault();
    }
    if (options_.faults) {
      add_narrow_links();
      for (std::uint64_t f = 0, faults = pick(4); f < faults; ++f) {
        add_link_fault();
      }
      build_.scenario.mesh.nodes = static_cast<std::uint32_t>(mesh.zones.size() + pick(4));
      for (std::uint64_t f = 0, faults = pick(5); f < faults; ++f) {
        add_platform_fault();
      }
    }
    return std::move(build_.scenario);
  }

 private:
  std::uint64_t pick(std::uint64_t below) { return rng_.below(below); }
  bool chance(std::uint32_t ppm) { return rng_.chance_ppm(ppm); }
  static Duration ms(std::uint64_t count) { return std::chrono::milliseconds(count); }
  static Duration us(std::uint64_t count) { return std::chrono::microseconds(count); }

  engine::Runtime random_runtime() {
    engine::Runtime runtime;
    switch (pick(3)) {
      case 0:
        runtime = workers(1 + static_cast<std::uint32_t>(pick(8)),
                          static_cast<std::uint32_t>(pick(options_.faults ? 30 : 3'000)),
                          1 + static_cast<std::uint32_t>(pick(4)));
        break;
      case 1:
        runtime = event_loop(1 + static_cast<std::uint32_t>(pick(3)),
                             1 + static_cast<std::uint32_t>(pick(2)));
        break;
      default:
        runtime = shared(1 + static_cast<std::uint32_t>(pick(3)));
        break;
    }
    if (!options_.faults && runtime.model == engine::RuntimeModel::kWorkers) {
      runtime.queue = 100'000;
    }
    runtime.cancel = chance(500'000);
    runtime.refuse_connection = chance(500'000);
    if (options_.faults && chance(200'000)) {
      runtime.max_in_flight = 5;
    }
    if (chance(200'000)) {
      runtime.pause_every = 300ms;
      runtime.pause_for = 20ms;
    }
    return runtime;
  }

  std::vector<engine::Step> random_steps(int depth) {
    std::vector<engine::Step> steps;
    const auto known = static_cast<std::uint64_t>(build_.scenario.mesh.services.size());
    for (std::uint64_t i = 0, count = 1 + pick(3); i < count; ++i) {
      switch (pick(5)) {
        case 0:
          steps.push_back(work(Distribution::exponential(us(100 + pick(3'000)))));
          break;
        case 1:
          steps.push_back(wait(us(100 + pick(20'000))));
          break;
        case 2:
          if (depth < 2) {
            steps.push_back(parallel({random_steps(depth + 1), random_steps(depth + 1)}));
          }
          break;
        default:
          if (known > 0) {
            engine::Step step = build_.call("service-" + std::to_string(pick(known)));
            step.call.timeout = chance(500'000) ? ms(5 + pick(900)) : 1s;
            step.call.optional = chance(300'000);
            step.call.probability_ppm = chance(300'000) ? 500'000 : 1'000'000;
            steps.push_back(step);
          }
          break;
      }
    }
    return steps;
  }

  void add_service(const std::string& name) {
    build_.sidecars = options_.policies && chance(750'000);
    // Steps first: a service must not call itself.
    std::vector<engine::Step> steps = random_steps(0);
    std::vector<engine::Step> other = random_steps(0);
    engine::Service& service = build_.service(name, random_runtime(), std::move(steps),
                                              1 + static_cast<std::uint32_t>(pick(4)));
    service.sidecar_cost.cpu_per_request = chance(500'000) ? 200us : 0us;
    service.sidecar_cost.latency = chance(500'000) ? 10us : 0us;
    engine::Endpoint& endpoint = service.versions[0].endpoints[0];
    endpoint.error_ppm = options_.faults && chance(300'000) ? 50'000 : 0;
    if (chance(200'000)) {
      endpoint.cache_hit_ppm = 500'000;
      endpoint.cache_hit_time = Distribution::constant(us(pick(2) * 100));
    }
    if (chance(300'000)) {
      build_.version("v2", random_runtime(), std::move(other),
                     1 + static_cast<std::uint32_t>(pick(2)));
    }
  }

  proxy::RetryPolicy random_retry() {
    proxy::RetryPolicy retry;
    retry.retry_on = proxy::kRetryOn5xx;
    retry.num_retries = 1 + static_cast<std::uint32_t>(pick(3));
    retry.per_try_timeout = chance(500'000) ? ms(10 + pick(200)) : Duration{0};
    retry.previous_hosts = chance(500'000);
    return retry;
  }

  engine::DestinationPolicy random_policy(engine::ServiceIndex service) {
    engine::DestinationPolicy policy;
    policy.service = service;
    policy.default_route = build_.scenario.mesh.default_route;
    policy.policy.lb_policy = static_cast<proxy::LbPolicy>(pick(3));
    policy.policy.protocol =
        chance(500'000) ? proxy::UpstreamProtocol::kHttp1 : proxy::UpstreamProtocol::kHttp2;
    policy.policy.max_requests_per_connection =
        chance(250'000) ? 1 + static_cast<std::uint32_t>(pick(20)) : 0;
    policy.policy.connect_timeout = ms(20 + pick(500));
    policy.policy.pool_idle_timeout = ms(50 + pick(2'000));
    proxy::CircuitBreakers& limits = policy.policy.circuit_breakers;
    if (chance(400'000)) {
      limits.max_connections = 1 + static_cast<std::uint32_t>(pick(20));
      limits.max_pending_requests = 1 + static_cast<std::uint32_t>(pick(20));
      limits.max_requests = 1 + static_cast<std::uint32_t>(pick(40));
      limits.max_retries = 1 + static_cast<std::uint32_t>(pick(5));
    } else if (chance(500'000)) {
      limits.retry_budget = proxy::RetryBudget{};
    }
    if (chance(500'000)) {
      proxy::OutlierDetection detection;
      detection.consecutive_5xx = 3;
      detection.interval = ms(100 + pick(1'000));
      detection.base_ejection_time = ms(100 + pick(1'000));
      detection.max_ejection_percent = 10 + static_cast<std::uint32_t>(pick(91));
      policy.policy.outlier_detection = detection;
    }
    if (chance(600'000)) {
      policy.default_route.retry = random_retry();
    }
    policy.default_route.timeout = ms(20 + pick(900));
    if (chance(150'000)) {
      policy.default_route.fault = proxy::FaultPolicy{100'000, 50ms, 50'000, 503, 10};
    }
    if (chance(400'000)) {
      engine::RouteRule rule;
      rule.route = policy.default_route;
      policy.subsets = {{"first", {{"version", "v1"}}, {}, {}}};
      rule.destinations = {{service, "first", 80}, {service, "", 20}};
      if (chance(500'000)) {
        // Also to a service that has no such endpoint.
        const auto services = build_.scenario.mesh.services.size();
        rule.mirrors = {{{static_cast<engine::ServiceIndex>(pick(services)), "", 1}, 300'000}};
      }
      policy.rules = {rule};
    }
    return policy;
  }

  void add_autoscaler(engine::Service& service) {
    if (service.versions.size() == 1 && chance(200'000)) {
      service.autoscale =
          engine::Autoscale{.min = 1, .max = 1 + static_cast<std::uint32_t>(pick(8))};
      service.autoscale->target_ppm = 50'000 + static_cast<std::uint32_t>(pick(900'000));
      service.autoscale->interval = ms(50 + pick(1'000));
      service.autoscale->scale_down_stabilization = ms(pick(2'000));
    }
    service.start_delay = ms(pick(1'000));
    service.termination_grace_period = ms(pick(1'000));
  }

  void add_policy(engine::ServiceIndex service) {
    if (chance(700'000)) {
      build_.scenario.mesh.policies.push_back(random_policy(service));
    }
  }

  void add_load() {
    const auto services = build_.scenario.mesh.services.size();
    const std::string& target = build_.scenario.mesh.services[pick(services)].name;
    engine::Load& load =
        chance(500'000)
            ? build_.poisson(target, 20 + pick(300))
            : build_.users(target, 1 + static_cast<std::uint32_t>(pick(30)), ms(1 + pick(100)));
    load.ramp_up = ms(pick(500));
    load.timeout = chance(500'000) ? 2s : ms(20 + pick(500));
  }

  void add_fault() {
    const auto kind = static_cast<engine::FaultKind>(pick(12));
    const auto services = static_cast<std::uint32_t>(build_.scenario.mesh.services.size());
    engine::Fault& fault = build_.fault(kind, "", ms(pick(3'500)), ms(1 + pick(3'000)));
    if (chance(800'000)) {
      fault.target.service = static_cast<std::uint32_t>(pick(services));
    }
    if (chance(200'000)) {
      fault.target.zone = 0;
    }
    if (chance(300'000)) {
      fault.target.instance = 0;
    }
    if (chance(300'000)) {
      fault.other.service = static_cast<std::uint32_t>(pick(services));
    }
    fault.one_way = chance(300'000);
    fault.ppm = 1 + static_cast<std::uint32_t>(pick(1'000'000));
    fault.instances = static_cast<std::uint32_t>(pick(3));
    fault.time = Distribution::exponential(ms(1 + pick(300)));
    fault.factor_ppm = static_cast<std::uint32_t>(100'000 + pick(4'000'000));
    fault.ramp = fault.factor_ppm % 3 == 0 ? fault.length / 2 : Duration{0};
    fault.restart_after = chance(700'000) ? ms(1 + pick(2'000)) : Duration{0};
    if (kind == engine::FaultKind::kScale) {
      fault.target = {.service = static_cast<std::uint32_t>(pick(services))};
      fault.instances = 1 + static_cast<std::uint32_t>(pick(6));
    }
    if (kind == engine::FaultKind::kConfigPush) {
      for (engine::ServiceIndex s = 0; s < services; ++s) {
        if (chance(500'000)) {
          fault.policies.push_back(random_policy(s));
        }
      }
    }
  }

  void add_narrow_links() {
    engine::Mesh& mesh = build_.scenario.mesh;
    mesh.network.same_zone.bandwidth = chance(200'000) ? 50'000 + pick(5'000'000) : 0;
    mesh.network.cross_zone.bandwidth = chance(200'000) ? 50'000 + pick(1'000'000) : 0;
    for (engine::Service& service : mesh.services) {
      for (engine::Version& version : service.versions) {
        for (engine::Endpoint& endpoint : version.endpoints) {
          endpoint.request_bytes = 1 + static_cast<std::uint32_t>(pick(3'000));
          endpoint.response_bytes = 1 + static_cast<std::uint32_t>(pick(20'000));
        }
      }
    }
  }

  /// Of rollouts, machines, memory, caches, names and discovery.
  void add_platform_fault() {
    constexpr engine::FaultKind kKinds[] = {
        engine::FaultKind::kDeploy,   engine::FaultKind::kNodeLoss,
        engine::FaultKind::kLeak,     engine::FaultKind::kCacheFlush,
        engine::FaultKind::kDnsStale, engine::FaultKind::kDiscoveryDelay};
    const engine::Mesh& mesh = build_.scenario.mesh;
    const engine::FaultKind kind = kKinds[pick(std::size(kKinds))];
    engine::Fault& fault = build_.fault(kind, "", ms(pick(3'500)), ms(1 + pick(3'000)));
    fault.target.service = static_cast<std::uint32_t>(pick(mesh.services.size()));
    fault.node = static_cast<std::uint32_t>(pick(mesh.nodes));
    fault.amount = ms(1 + pick(2'000));
    fault.instances = kind == engine::FaultKind::kLeak ? static_cast<std::uint32_t>(pick(3)) : 0;
    fault.bytes = chance(500'000) ? 1'000 : 0;
    fault.limit_bytes = 1'000 + pick(100'000);
    fault.restart_after = ms(1 + pick(1'500));
    fault.surge = {static_cast<std::uint32_t>(pick(3)), chance(500'000) ? 250'000U : 0U};
    fault.unavailable = {static_cast<std::uint32_t>(pick(3)), chance(500'000) ? 250'000U : 0U};
    if (kind == engine::FaultKind::kDeploy) {
      const auto versions = mesh.services[fault.target.service].versions.size();
      fault.target.version = static_cast<std::uint32_t>(pick(versions));
      fault.to = chance(500'000) ? static_cast<std::uint32_t>(pick(versions)) : kNone;
    }
  }

  /// Of links, certificates and clocks.
  void add_link_fault() {
    constexpr engine::FaultKind kKinds[] = {engine::FaultKind::kBandwidth,
                                            engine::FaultKind::kCertExpire,
                                            engine::FaultKind::kClockSkew};
    const auto services = static_cast<std::uint32_t>(build_.scenario.mesh.services.size());
    engine::Fault& fault =
        build_.fault(kKinds[pick(std::size(kKinds))], "", ms(pick(3'500)), ms(1 + pick(3'000)));
    if (chance(800'000)) {
      fault.target.service = static_cast<std::uint32_t>(pick(services));
    }
    if (chance(200'000)) {
      fault.target.zone = 0;
    }
    if (chance(300'000)) {
      fault.other.service = static_cast<std::uint32_t>(pick(services));
    }
    fault.bytes = 20'000 + pick(2'000'000);
    fault.instances = static_cast<std::uint32_t>(pick(3));
    fault.amount = std::chrono::minutes(pick(3'000)) - 25h;
  }

  proxy::Rng rng_;
  SwarmOptions options_;
  ScenarioBuilder build_;
};

}  // namespace shaketable::support
