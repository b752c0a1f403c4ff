#include <algorithm>
#include <utility>

#include "engine/sim/simulator.h"

namespace shaketable::engine {
namespace {

/// Places where load comes from have their own random streams, behind all instances.
constexpr std::uint64_t kLoadOwner = std::uint64_t{1} << 40;

bool any_rewrites(const std::vector<DestinationPolicy>& policies) {
  return std::any_of(policies.begin(), policies.end(), [](const DestinationPolicy& policy) {
    return std::any_of(policy.rules.begin(), policy.rules.end(),
                       [](const RouteRule& rule) { return rule.route.rewrite.has_value(); });
  });
}

}  // namespace

Simulator::Simulator(const Scenario& scenario, SimulationOptions options)
    : scenario_(scenario),
      options_(std::move(options)),
      master_(options_.seed),
      plans_(scenario.mesh),
      shapes_(scenario, plans_),
      recorder_(scenario, plans_, options_.windows, options_.bucket, options_.record),
      tracer_(scenario, options_.traces, options_.seed),
      network_(scenario.mesh.network),
      certificates_(master_),
      faults_(scenario.faults),
      end_(Instant{} + scenario.run.duration + scenario.run.drain),
      no_load_from_(Instant{} + scenario.run.duration) {
  start_tracing();
  core_wake_.resize(1);
  client_wake_.resize(1);
  load_wake_.resize(scenario.loads.size());
  load_rng_ = master_.stream("load-network", kLoadOwner);
  create_instances();
  workloads_ = compile_workloads(scenario.mesh);
  register_links();
  create_generators();
  for (Op& op : plans_.ops) {
    if (op.kind == Op::Kind::kCall) {
      op.edge = recorder_.edge_of(op.caller, op.service);
    }
  }
  has_rewrites_ = any_rewrites(scenario.mesh.policies);
  for (const Fault& fault : scenario.faults) {
    has_rewrites_ = has_rewrites_ || any_rewrites(fault.policies);
  }
  find_usual_routes();
  schedule_start();
}

/// Where each call goes as long as nothing is pushed, for `foresee_step`.
void Simulator::find_usual_routes() {
  for (Op& op : plans_.ops) {
    if (op.kind != Op::Kind::kCall || workloads_[op.caller].config == nullptr) {
      continue;
    }
    const proxy::CompiledRoute* const route = workloads_[op.caller].config->route(
        proxy::Direction::kOutbound, shapes_.head(op.endpoint, 0));
    if (route != nullptr) {
      op.usual_route = route;
      op.usual_cluster = route->cluster;
    }
  }
}

void Simulator::create_instances() {
  const std::vector<Service>& services = scenario_.mesh.services;
  up_.resize(services.size());
  next_direct_.resize(services.size(), 0);
  of_service_.resize(services.size());
  scaled_.resize(services.size());
  rollouts_.resize(services.size());
  announced_.resize(services.size());
  lost_nodes_.resize(scenario_.mesh.nodes);
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    std::uint32_t number = 0;
    for (VersionIndex v = 0; v < services[s].versions.size(); ++v) {
      for (std::uint32_t i = 0; i < services[s].versions[v].instances; ++i) {
        up_[s].push_back(create_instance(s, v, number++));
        instances_.back().is_known = true;
        change_capacity(instances_.back(), true);
      }
    }
  }
  resolved_ = up_;
}

std::uint32_t Simulator::create_instance(ServiceIndex s, VersionIndex v, std::uint32_t number) {
  const Service& service = scenario_.mesh.services[s];
  const auto index = static_cast<std::uint32_t>(instances_.size());
  const auto zones = static_cast<std::uint32_t>(scenario_.mesh.zones.size());
  Instance instance;
  instance.place = {s, v, number, zones == 0 ? 0 : number % zones};
  instance.node = node_of(instance.place, 0);
  const Runtime& runtime = service.versions[v].runtime;
  instance.runtime = &runtime;
  instance.model = runtime.model;
  instance.workers = runtime.workers;
  instance.queue = runtime.queue;
  instance.stops_cancelled = runtime.cancel;
  instance.is_observed = options_.observe_queue_of == s;
  instance.plan_offset = plans_.plan_of(scenario_.mesh, s, v, 0) - plans_.first_endpoint[s];
  instance.set(kQuirkScaled, runtime.speed_ppm != proxy::kPpmOne);
  instance.has_sidecar = service.sidecar;
  instance.proxy_work = service.sidecar_cost.cpu_per_request / 2;  // a request, then its response
  instance.proxy_latency = service.sidecar_cost.latency;
  instance.proxy_cpu.set_workers(service.sidecar_cost.cpus);
  instance.work_rng = master_.stream("work", index);
  instance.choice_rng = master_.stream("choice", index);
  instance.network_rng = master_.stream("network", index);
  if (can_be_contended(runtime)) {
    instance.cpu = std::make_unique<SharedCpu>(runtime.cpus);
    instance.set(kQuirkContended, true);
  }
  if (runtime.model == RuntimeModel::kEventLoop) {
    instance.set(kQuirkLoops, true);
    instance.loops.resize(std::max(runtime.workers, 1U));
  }
  recorder_.add_instance(s, instance.place.number);
  instances_.push_back(std::move(instance));
  service_of_.push_back(s);
  of_service_[s].push_back(index);
  sidecars_.emplace_back();
  pushed_to_.push_back(kNone);
  return index;
}

std::vector<Simulator::Workload> Simulator::compile_workloads(const Mesh& mesh) const {
  std::vector<Workload> workloads(mesh.services.size());
  for (ServiceIndex s = 0; s < mesh.services.size(); ++s) {
    if (!mesh.services[s].sidecar) {
      continue;
    }
    WorkloadConfig compiled = compile_workload(mesh, s);
    for (std::size_t c = 0; c < compiled.bindings.size(); ++c) {
      compiled.config.clusters[c].hosts = hosts_of(compiled.bindings[c]);
    }
    workloads[s].config = std::make_shared<proxy::CompiledConfig>(std::move(compiled.config));
    workloads[s].bindings = std::move(compiled.bindings);
  }
  return workloads;
}

std::shared_ptr<const proxy::HostSet> Simulator::hosts_of(const ClusterBinding& binding) const {
  auto hosts = std::make_shared<proxy::HostSet>();
  if (binding.service == kNone) {
    hosts->push_back({kLocalHost, 1});
    return hosts;
  }
  for (const std::uint32_t instance : up_[binding.service]) {
    const VersionIndex version = instances_[instance].place.version;
    if (std::find(binding.versions.begin(), binding.versions.end(), version) !=
        binding.versions.end()) {
      hosts->push_back({instance, 1});
    }
  }
  return hosts;
}

void Simulator::register_links() {
  // The usual message leaves a proxy that had nothing to wait for; give that sum a lane of its own.
  for (const Service& service : scenario_.mesh.services) {
    if (service.sidecar) {
      usual_cost_ = service.sidecar_cost.cpu_per_request / 2 + service.sidecar_cost.latency;
      break;
    }
  }
  for (const bool same_zone : {false, true}) {
    const Link& link =
        same_zone ? scenario_.mesh.network.same_zone : scenario_.mesh.network.cross_zone;
    // Every lane costs a little with each event, so there are none for links that do not exist.
    if (!link.latency.is_constant() || (!same_zone && scenario_.mesh.zones.size() < 2)) {
      continue;
    }
    const Duration delay = network_.plain_delay(same_zone);
    plain_[same_zone ? 1 : 0] = {delay, kernel_.register_delay(delay)};
    proxied_[same_zone ? 1 : 0] = {delay + usual_cost_,
                                   kernel_.register_delay(delay + usual_cost_)};
  }
  has_one_zone_ = scenario_.mesh.zones.size() < 2;
  has_instant_links_ = network_.is_plain(true) && plain_[1].delay == Duration::zero();
  usual_lane_ = kernel_.register_delay(usual_cost_);
}

void Simulator::create_generators() {
  for (std::uint32_t l = 0; l < scenario_.loads.size(); ++l) {
    generators_.push_back(generator_of(scenario_.loads[l], master_.stream("load", l)));
  }
}

Simulator::Generator Simulator::generator_of(const Load& load, const proxy::Rng& rng) const {
  Generator generator;
  const Instant stop = std::min(load.stop, no_load_from_);
  if (is_plain_open_loop(load)) {
    generator.open = std::make_unique<loadgen::OpenLoop>(load.stages, load.repeats, load.arrivals,
                                                         load.start, stop, rng);
  } else {
    generator.plan = std::make_unique<loadgen::LoadPlan>(load);
    generator.plan->stop = stop;
    generator.users = std::make_unique<loadgen::VirtualUsers>(*generator.plan, rng);
  }
  for (std::uint32_t r = 0; r < load.requests.size(); ++r) {
    const LoadRequest& target = load.targets[r];
    generator.requests.push_back({kNone, target.service,
                                  plans_.first_endpoint[target.service] + target.endpoint,
                                  shapes_.set_of(target)});
    const Duration own = load.requests[r].timeout;
    generator.timeouts.push_back(own > Duration::zero() ? own : load.timeout);
  }
  return generator;
}

void Simulator::schedule_start() {
  fault_active_.resize(faults_.size(), false);
  fault_targets_.resize(faults_.size());
  scaled_from_.resize(faults_.size());
  pushed_.resize(faults_.size());
  kernel_.schedule(recorder_.next_boundary(),
                   {.kind = static_cast<std::uint8_t>(SimEvent::kBucketEnd)});
  for (std::uint32_t f = 0; f < faults_.size(); ++f) {
    kernel_.schedule(faults_[f].at,
                     {.kind = static_cast<std::uint8_t>(SimEvent::kFault), .target = f});
  }
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    schedule_gc_pause(i);
  }
  start_autoscalers();
  for (std::uint32_t l = 0; l < generators_.size(); ++l) {
    wake_for_load(l);
  }
}

/// Replicas do not collect their garbage in step.
void Simulator::schedule_gc_pause(std::uint32_t index) {
  Instance& instance = instances_[index];
  const Duration every = instance.runtime->pause_every;
  if (every > Duration::zero()) {
    const auto phase = static_cast<std::int64_t>(
        instance.choice_rng.below(static_cast<std::uint64_t>(every.count())));
    kernel_.schedule(now() + Duration(phase),
                     {.kind = static_cast<std::uint8_t>(SimEvent::kGcPause), .target = index});
  }
}

}  // namespace shaketable::engine
