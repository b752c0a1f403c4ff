#include <cmath>

#include <fmt/format.h>

#include "tests/fidelity/parts.h"
#include "tests/fidelity/plan.h"

/// Single queues: one service in front of which requests wait, share or are refused.
namespace shaketable::fidelity {
namespace {

using proxy::Distribution;

constexpr const char* kStation = "station";

Distribution service_time(const Parameters& p) {
  if (p.has("points_ms")) {
    const std::vector<double> points = p.numbers("points_ms");
    const Distribution::WeightedValue values[] = {
        {milliseconds(points[0]), static_cast<std::uint64_t>(std::llround(points[1] * 1e6))},
        {milliseconds(points[2]), static_cast<std::uint64_t>(std::llround(points[3] * 1e6))}};
    return Distribution::discrete(values);
  }
  if (p.has("rate1")) {
    return two_exponentials(p.number("p1"), p.number("rate1"), p.number("rate2"));
  }
  if (p.has("service_ms")) {
    return Distribution::constant(milliseconds(p.number("service_ms")));
  }
  if (p.has("service")) {
    return named_distribution(p.text("service"), p.number("service_mean_ms"));
  }
  return Distribution::exponential(seconds(1 / p.number("mu")));
}

std::string service_text(const Parameters& p) {
  if (p.has("points_ms")) {
    return "two-point";
  }
  if (p.has("rate1")) {
    return fmt::format("H2({:.4f})", p.number("p1"));
  }
  if (p.has("service_ms")) {
    return fmt::format("D({})", p.number("service_ms"));
  }
  if (p.has("service")) {
    return p.text("service");
  }
  return fmt::format("M({})", p.number("mu"));
}

/// One queue fed by the load itself.
Plan open_queue(const Parameters& p, const engine::Runtime& runtime, const std::string& name,
                double longer = 1) {
  const RunLength length = RunLength::of(p, longer);
  const double lambda = p.number("lambda");
  Experiment made = length.at(lambda);
  made.servers = p.number("c", 1);
  made.service_mean_ms = static_cast<double>(service_time(p).mean().count()) * 1e-6;
  made.scenario.mesh.services = {service(kStation, runtime, {{work(service_time(p))}})};
  engine::Load load = arrivals(0, lambda);
  if (p.text("arrivals") == "evenly paced") {
    load.arrivals = engine::Arrivals::kConstant;
  }
  if (p.has("client_timeout_ms")) {
    load.timeout = milliseconds(p.number("client_timeout_ms"));
  }
  made.scenario.loads = {load};
  Plan plan;
  plan.how = "scenario: " + name;
  const std::string key =
      fmt::format("{} {} c={} lambda={} t={} {}", name, service_text(p), p.number("c", 1), lambda,
                  p.number("client_timeout_ms"), p.text("arrivals"));
  plan.variants = {by_scenario("direct", key, made, length.requests, 1)};
  return plan;
}

/// A caller whose sidecar has circuit breakers, in front of a queue without limits.
Variant limited_by_sidecar(const Parameters& p, const std::string& name, const std::string& key,
                           const engine::ClusterPolicy& policy, double longer = 1) {
  const RunLength length = RunLength::of(p, longer);
  const double lambda = p.number("lambda");
  Experiment made = length.at(lambda);
  const auto servers = static_cast<std::uint32_t>(p.number("c"));
  engine::Mesh& mesh = made.scenario.mesh;
  mesh.services = {with_sidecar(service("caller", sharing(), {{call(1)}})),
                   service(kStation, fifo(servers), {{work(service_time(p))}})};
  made.station = 1;
  mesh.default_policy.circuit_breakers = policy.circuit_breakers;
  mesh.default_policy.protocol = policy.protocol;
  mesh.default_policy.max_concurrent_streams = kNoLimit;
  made.scenario.loads = {arrivals(0, lambda)};
  return by_scenario(name, key, made, length.requests, 1, 1);
}

/// K places in all: first the station's own queue, then Envoy's limits on an endless one.
Plan finite_queue(const Parameters& p, double longer) {
  const auto servers = static_cast<std::uint32_t>(p.number("c"));
  const auto places = static_cast<std::uint32_t>(p.number("K"));
  Plan plan =
      open_queue(p, fifo(servers, places - servers),
                 fmt::format("threads pool with {} places to wait", places - servers), longer);
  engine::ClusterPolicy policy;
  policy.circuit_breakers.max_connections = servers;
  policy.circuit_breakers.max_pending_requests = places - servers;
  plan.how += "; HTTP/1.1 sidecar with max_connections and max_pending_requests";
  plan.variants.push_back(limited_by_sidecar(p, "sidecar", plan.variants[0].key, policy, longer));
  return plan;
}

/// No places to wait: a station that refuses, then Envoy's max_requests on an endless queue.
Plan loss_system(const Parameters& p) {
  const auto servers = static_cast<std::uint32_t>(p.number("c"));
  Plan plan = open_queue(p, fifo(servers, 0), "threads pool without places to wait");
  engine::ClusterPolicy policy;
  policy.circuit_breakers.max_requests = servers;
  policy.protocol = proxy::UpstreamProtocol::kHttp2;
  plan.how += "; HTTP/2 sidecar with max_requests";
  plan.variants.push_back(limited_by_sidecar(p, "sidecar", plan.variants[0].key, policy));
  return plan;
}

/// Batches: each request of the load makes as many calls at once.
Plan batches(const Parameters& p) {
  const RunLength length = RunLength::of(p);
  const auto size = static_cast<std::size_t>(p.number("batch"));
  const double lambda = p.number("batch_rate") * p.number("batch");
  Experiment made = length.at(lambda);
  made.scenario.mesh.services = {
      service("source", sharing(), {{calls_at_once(std::vector<engine::ServiceIndex>(size, 1))}}),
      service(kStation, fifo(1), {{work(service_time(p))}})};
  made.station = 1;
  made.sojourn_is_of_station = true;
  made.scenario.loads = {arrivals(0, p.number("batch_rate"))};
  Plan plan;
  plan.how = "scenario: a caller with a parallel step of the batch's size";
  plan.variants = {
      by_scenario("direct", fmt::format("batch {} {}", size, lambda), made, length.requests, 1)};
  return plan;
}

}  // namespace

Plan queueing_plan(const CaseRow& row) {
  const Parameters p(row.parameters);
  const std::string model = p.text("model");
  const auto servers = static_cast<std::uint32_t>(p.number("c", 1));
  if (model == "M/M/1" || model == "M/M/c" || model == "M/G/1" || model == "M/H2/1" ||
      model == "M/D/1" || model == "D/M/1") {
    return open_queue(p, fifo(servers), "threads pool, open loop", times_longer(row));
  }
  if (model == "M/G/c/c") {
    return loss_system(p);
  }
  if (model == "M/M/c/K") {
    return finite_queue(p, times_longer(row));
  }
  if (model == "M/G/1-PS") {
    return open_queue(p, sharing(), "processor sharing on one CPU");
  }
  if (model == "M/G/inf") {
    return open_queue(p, sharing(100'000), "processor sharing with a CPU for everybody");
  }
  if (model == "M^[b]/M/1") {
    return batches(p);
  }
  if (model == "M/M/1 non-preemptive priority") {
    Plan plan;
    plan.why_not =
        "needs queues with priorities: the runtimes are first come, first served or fair";
    return plan;
  }
  if (model.find("+M") != std::string::npos || model.find("+D") != std::string::npos ||
      model.find("retrial") != std::string::npos) {
    return impatience_plan(p);
  }
  return network_plan(p);
}

}  // namespace shaketable::fidelity
