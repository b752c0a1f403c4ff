#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "tests/fidelity/parts.h"
#include "tests/fidelity/plan.h"

/// Networks of queues: a caller that holds nothing itself visits the stations in order or at once.
namespace shaketable::fidelity {
namespace {

using engine::ServiceIndex;
using proxy::Distribution;

engine::Service exponential_station(const std::string& name, std::uint32_t servers,
                                    double per_second) {
  return service(name, fifo(servers), {{work(Distribution::exponential(seconds(1 / per_second)))}});
}

Plan single(const std::string& how, const Variant& variant) {
  Plan plan;
  plan.how = "scenario: " + how;
  plan.variants = {variant};
  return plan;
}

Plan tandem(const Parameters& p) {
  const RunLength length = RunLength::of(p);
  const double lambda = p.number("lambda");
  const std::vector<double> rates = p.numbers("mu");
  Experiment made = length.at(lambda);
  std::vector<engine::Step> visits;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    visits.push_back(call(static_cast<ServiceIndex>(i + 1)));
  }
  made.scenario.mesh.services.push_back(service("source", sharing(), {visits}));
  for (std::size_t i = 0; i < rates.size(); ++i) {
    made.scenario.mesh.services.push_back(
        exponential_station("stage-" + std::to_string(i + 1), 1, rates[i]));
  }
  made.scenario.loads = {arrivals(0, lambda)};
  return single("a caller visits the stages in order",
                by_scenario("direct", fmt::format("tandem {}", lambda), made, length.requests,
                            1 + static_cast<double>(rates.size())));
}

/// F and A for everybody, then B and D for six of ten, C for the others: two Poisson streams.
Plan service_graph(const Parameters& p) {
  const RunLength length = RunLength::of(p);
  Experiment made = length.at(p.number("lambda"));
  made.scenario.mesh.services.push_back(service(
      "source", sharing(), {{call(1), call(2), call(3), call(5)}, {call(1), call(2), call(4)}}));
  for (const char* name : {"F", "A", "B", "C", "D"}) {
    const std::string node = std::string("nodes.") + name;
    made.scenario.mesh.services.push_back(exponential_station(
        name, static_cast<std::uint32_t>(p.number(node + ".c")), p.number(node + ".mu")));
  }
  made.scenario.loads = {arrivals(0, p.number("nodes.B.arrival"), 0),
                         arrivals(0, p.number("nodes.C.arrival"), 1)};
  return single("a caller visits the nodes in order, one Poisson stream for each way",
                by_scenario("direct", "graph", made, length.requests, 4.6));
}

/// Failed work is tried again at once, by the caller's sidecar.
Plan feedback(const Parameters& p) {
  const RunLength length = RunLength::of(p);
  const double lambda = p.number("lambda");
  const double again = p.number("p_retry");
  Experiment made = length.at(lambda);
  engine::Mesh& mesh = made.scenario.mesh;
  mesh.services = {with_sidecar(service("caller", sharing(), {{call(1)}})),
                   exponential_station("station", 1, p.number("mu"))};
  mesh.services[1].versions[0].endpoints[0].error_ppm =
      static_cast<std::uint32_t>(again * 1e6 + 0.5);
  proxy::RetryPolicy retry;
  retry.retry_on = proxy::kRetryOn5xx;
  retry.num_retries = kNoLimit;
  retry.backoff_base = retry.backoff_max = proxy::Duration{0};
  mesh.default_route.retry = retry;
  made.station = 1;
  made.scenario.loads = {arrivals(0, lambda)};
  return single("work that fails with that probability, retried by the sidecar without back-off",
                by_scenario("sidecar", fmt::format("feedback {} {}", lambda, again), made,
                            length.requests, 1, 1 / (1 - again)));
}

Plan fork_join(const Parameters& p) {
  const RunLength length = RunLength::of(p);
  const double lambda = p.number("lambda");
  const auto branches = static_cast<std::size_t>(p.number("n", 2));
  Experiment made = length.at(lambda);
  std::vector<ServiceIndex> stations(branches);
  std::iota(stations.begin(), stations.end(), 1U);
  made.scenario.mesh.services.push_back(service("source", sharing(), {{calls_at_once(stations)}}));
  for (const ServiceIndex station : stations) {
    made.scenario.mesh.services.push_back(
        exponential_station("branch-" + std::to_string(station), 1, p.number("mu")));
  }
  made.scenario.loads = {arrivals(0, lambda)};
  return single("a parallel step over the stations",
                by_scenario("direct", fmt::format("fork-join {} {}", branches, lambda), made,
                            length.requests, 1 + static_cast<double>(branches)));
}

/// The slowest of n calls that never wait for each other.
Plan slowest_of(const Parameters& p, double mean_ms) {
  const RunLength length = RunLength::of(p);
  const auto branches = static_cast<std::size_t>(p.number("n"));
  const double lambda = 100;
  Experiment made = length.at(lambda);
  made.scenario.mesh.services = {
      service("source", sharing(), {{calls_at_once(std::vector<ServiceIndex>(branches, 1))}}),
      service("backend", sharing(), {{wait(Distribution::exponential(milliseconds(mean_ms)))}})};
  made.scenario.loads = {arrivals(0, lambda)};
  return single("a parallel step over calls that only take time",
                by_scenario("direct", fmt::format("slowest {} {}", branches, mean_ms), made,
                            length.requests, 1 + static_cast<double>(branches)));
}

/// Users who think, then visit all stations in order.
Plan closed_network(const Parameters& p) {
  const RunLength length = RunLength::of(p);
  const bool is_chain = p.has("demand_s");
  const std::vector<double> demands =
      is_chain ? p.numbers("demand_s") : std::vector<double>{1 / p.number("mu")};
  const double servers = p.number("c", 1);
  const double count = p.number("users", p.number("clients"));
  const double think = p.number("think_s", p.number("think_ms") * 1e-3);
  // An upper bound of the throughput gives a run at least that long.
  const double slowest = *std::max_element(demands.begin(), demands.end()) / servers;
  const double total = std::accumulate(demands.begin(), demands.end(), think);
  Experiment made = length.at(std::min(count / total, 1 / slowest), false);
  std::vector<engine::Step> visits;
  for (std::size_t i = 0; i < demands.size(); ++i) {
    visits.push_back(call(static_cast<ServiceIndex>(i + 1)));
  }
  made.scenario.mesh.services.push_back(service("source", sharing(), {visits}));
  for (std::size_t i = 0; i < demands.size(); ++i) {
    made.scenario.mesh.services.push_back(exponential_station(
        "station-" + std::to_string(i + 1), static_cast<std::uint32_t>(servers), 1 / demands[i]));
  }
  made.scenario.loads = {users(0, static_cast<std::uint32_t>(count), think)};
  const std::string key = fmt::format("closed {} {} {} {}", demands.size(), servers, count, think);
  return single(
      "closed loop with exponential think times",
      by_scenario("direct", key, made, length.requests, 1 + static_cast<double>(demands.size())));
}

}  // namespace

Plan network_plan(const Parameters& p) {
  const std::string model = p.text("model");
  if (model.starts_with("tandem")) {
    return tandem(p);
  }
  if (model == "Jackson") {
    return service_graph(p);
  }
  if (model == "Jackson feedback") {
    return feedback(p);
  }
  if (model.starts_with("fork-join")) {
    return fork_join(p);
  }
  if (model.starts_with("parallel")) {
    return slowest_of(p, p.number("mean_ms"));
  }
  if (model.starts_with("closed") || model.find("//N") != std::string::npos) {
    return closed_network(p);
  }
  if (p.has("k") && p.number("k") == p.number("n")) {
    return slowest_of(p, p.number("mean") * 1e3);
  }
  Plan plan;
  if (p.has("k")) {
    plan.why_not = "needs a step that ends with the k-th of n answers: parallel steps wait for all";
  }
  return plan;
}

}  // namespace shaketable::fidelity
