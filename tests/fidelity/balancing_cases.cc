#include <algorithm>

#include <fmt/format.h>

#include "proxy/core/lb/load_balancer.h"
#include "tests/fidelity/parts.h"
#include "tests/fidelity/plan.h"

/// One balancer in a caller's sidecar, in front of servers that each have a queue of their own.
namespace shaketable::fidelity {
namespace {

using proxy::Distribution;
using proxy::LbPolicy;

engine::ClusterPolicy balancer_of(const Parameters& p) {
  const std::string text = p.text("lb");
  engine::ClusterPolicy policy;
  if (text.starts_with("round_robin")) {
    policy.lb_policy = LbPolicy::kRoundRobin;
  } else if (text.starts_with("random")) {
    policy.lb_policy = LbPolicy::kRandom;
  } else {
    const std::size_t count = text.find("choice_count=");
    policy.lb_policy = LbPolicy::kLeastRequest;
    policy.choice_count =
        static_cast<std::uint32_t>(count == std::string::npos ? p.number("choice_count", 2)
                                                              : std::stod(text.substr(count + 13)));
    // As many choices as servers stand for a look at all of them.
    policy.full_scan = text.find("full_scan") != std::string::npos ||
                       policy.choice_count == static_cast<std::uint32_t>(p.number("servers"));
  }
  return policy;
}

Plan balanced_queues(const Parameters& p) {
  RunLength length = RunLength::of(p);
  if (!p.has("run") && p.number("servers") >= 1000) {
    length = {8'000'000, 800'000};
  }
  const double servers = p.number("servers");
  const double mu = p.number("mu", 1);
  const double lambda = p.number("lambda_total", p.number("rho") * servers * mu);
  Experiment made = length.at(lambda);
  engine::Mesh& mesh = made.scenario.mesh;
  made.servers = servers;
  made.service_mean_ms = 1e3 / mu;
  made.station = 1;
  mesh.services = {with_sidecar(service("caller", sharing(), {{call(1)}})),
                   service("server", fifo(1), {{work(Distribution::exponential(seconds(1 / mu)))}},
                           static_cast<std::uint32_t>(servers))};
  const engine::ClusterPolicy balancer = balancer_of(p);
  mesh.default_policy.lb_policy = balancer.lb_policy;
  mesh.default_policy.choice_count = balancer.choice_count;
  mesh.default_policy.full_scan = balancer.full_scan;
  mesh.default_policy.protocol = proxy::UpstreamProtocol::kHttp2;
  mesh.default_policy.max_concurrent_streams = kNoLimit;
  made.scenario.loads = {arrivals(0, lambda)};
  Plan plan;
  plan.how = "scenario: caller with one sidecar, one pool of one worker for each server";
  const std::string key =
      fmt::format("lb {} {} {} {} {}", static_cast<int>(balancer.lb_policy),
                  balancer.full_scan ? 0U : balancer.choice_count, servers, lambda, mu);
  plan.variants = {by_scenario("sidecar", key, made, length.requests, 1, 1)};
  return plan;
}

/// The fullest host after as many random picks as there are hosts, on average.
Figures fullest_host(const Parameters& p, std::uint64_t seed) {
  const auto bins = static_cast<std::uint32_t>(p.number("bins"));
  const auto balls = static_cast<int>(p.number("balls"));
  const auto trials = static_cast<int>(p.number("run.trials"));
  proxy::ClusterConfig config;
  config.lb_policy = LbPolicy::kRandom;
  proxy::LoadBalancer balancer(config);
  proxy::Rng rng = proxy::Rng(seed).stream("balls", 0);
  std::vector<proxy::LbHost> hosts;
  for (std::uint32_t slot = 0; slot < bins; ++slot) {
    hosts.push_back({slot, 1});
  }
  std::vector<std::uint32_t> active(bins, 0);
  balancer.set_hosts(hosts, active, rng);
  double sum = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::fill(active.begin(), active.end(), 0U);
    for (int ball = 0; ball < balls; ++ball) {
      ++active[balancer.pick(active, rng)];
    }
    sum += *std::max_element(active.begin(), active.end());
  }
  return {{"expected_max", {sum / trials}}};
}

}  // namespace

Plan balancing_plan(const CaseRow& row) {
  const Parameters p(row.parameters);
  if (!p.has("balls")) {
    return balanced_queues(p);
  }
  Plan plan;
  plan.how = "policy: LoadBalancer, random";
  Variant variant;
  variant.name = "policy";
  variant.key = row.id;
  variant.cost_s = 0.05;
  variant.run = [p](std::uint64_t seed, const std::set<std::string>&) {
    return fullest_host(p, seed);
  };
  plan.variants = {variant};
  return plan;
}

}  // namespace shaketable::fidelity
