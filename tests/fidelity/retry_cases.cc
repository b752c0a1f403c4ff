#include <fmt/format.h>

#include "proxy/core/retry_policy.h"
#include "tests/fidelity/parts.h"
#include "tests/fidelity/plan.h"

/// Retries of real sidecars against failing backends, and the back-off by itself.
namespace shaketable::fidelity {
namespace {

using proxy::Distribution;

proxy::RetryPolicy retry_at_once(std::uint32_t retries) {
  proxy::RetryPolicy policy;
  policy.retry_on = proxy::kRetryOn5xx;
  policy.num_retries = retries;
  policy.backoff_base = policy.backoff_max = proxy::Duration{0};
  return policy;
}

/// `layers` callers one behind the other, each with retries, before a backend that fails with that
/// probability after a millisecond.
Experiment retrying_chain(double per_second, double requests, std::uint32_t layers,
                          std::uint32_t callers, const proxy::RetryPolicy& retry, double p_fail) {
  Experiment made = experiment(requests / per_second, requests / per_second / 10);
  engine::Mesh& mesh = made.scenario.mesh;
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    mesh.services.push_back(with_sidecar(
        service("layer-" + std::to_string(layer + 1), sharing(), {{call(layer + 1)}}, callers)));
  }
  mesh.services.push_back(
      service("backend", fifo(100'000), {{work(Distribution::constant(milliseconds(1)))}}));
  mesh.services.back().versions[0].endpoints[0].error_ppm =
      static_cast<std::uint32_t>(p_fail * 1e6 + 0.5);
  mesh.default_route.retry = retry;
  mesh.default_policy.protocol = proxy::UpstreamProtocol::kHttp2;
  made.station = layers;
  made.scenario.loads = {arrivals(0, per_second)};
  return made;
}

Plan independent_failures(const Parameters& p) {
  const RunLength length = RunLength::of(p);
  const double p_fail = p.number("p_fail");
  const auto retries = static_cast<std::uint32_t>(p.number("max_retries"));
  Plan plan;
  plan.how = "scenario: sidecar with retries on 5xx, a backend that fails by itself";
  plan.variants = {
      by_scenario("sidecar", fmt::format("independent {} {}", p_fail, retries),
                  retrying_chain(1000, length.requests, 1, 1, retry_at_once(retries), p_fail),
                  length.requests, 1, 1 / (1 - p_fail))};
  return plan;
}

/// Every layer tries so many times; the backend always fails. One request after the other, so that
/// none is under way when the warm-up ends and the count is exact.
Plan amplification(const Parameters& p) {
  const auto layers = static_cast<std::uint32_t>(p.number("layers", 1));
  const auto attempts = static_cast<std::uint32_t>(p.number("attempts"));
  const double requests = 200;
  Experiment made = retrying_chain(1, requests, layers, 1, retry_at_once(attempts - 1), 1);
  made.scenario.loads[0].arrivals = engine::Arrivals::kConstant;
  Plan plan;
  plan.how = fmt::format("scenario: {} sidecar(s) in a row, each with {} tries", layers, attempts);
  plan.variants = {by_scenario("sidecar", fmt::format("amplification {} {}", layers, attempts),
                               made, requests, 0, 400)};
  return plan;
}

/// Brooker's clients with three retries: independent failures seen from a hundred callers.
Plan three_retries(const Parameters& p) {
  const double rate = p.number("clients") * p.number("rate_per_client");
  const double requests = rate * p.number("T_s") * p.number("reps");
  const double p_fail = p.number("failure_rate");
  Experiment made = retrying_chain(
      rate, requests, 1, static_cast<std::uint32_t>(p.number("clients")), retry_at_once(3), p_fail);
  made.scenario.mesh.network.same_zone.latency = Distribution::exponential(milliseconds(10));
  Plan plan;
  plan.how = "scenario: a hundred callers, each with a sidecar that retries three times";
  plan.variants = {by_scenario("sidecar", fmt::format("three {}", p_fail), made, requests, 1, 1.5)};
  return plan;
}

/// Full jitter: the mean of many draws before retry 1, 2, ... A unit of the row is a second here,
/// because Envoy draws whole milliseconds.
Figures full_jitter(const Parameters& p, std::uint64_t seed, const std::string& metric,
                    std::size_t steps) {
  constexpr int kDraws = 400'000;
  proxy::RetryPolicy policy;
  policy.backoff_base = seconds(2 * p.number("base"));  // the row's first window is base * 2
  policy.backoff_max = seconds(p.number("cap"));
  proxy::Rng rng = proxy::Rng(seed).stream("retry-jitter", 0);
  std::vector<double> means;
  for (std::uint32_t retry = 1; retry <= steps; ++retry) {
    double sum = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
      sum += static_cast<double>(proxy::backoff_delay(policy, retry, rng).count()) * 1e-9;
    }
    means.push_back(sum / kDraws);
  }
  return {{metric, means}};
}

Plan backoff(const CaseRow& row, const Parameters& p) {
  Plan plan;
  if (p.text("alg") != "full") {
    plan.why_not = "another algorithm: Envoy's back-off is always full jitter";
    return plan;
  }
  plan.how = "policy: backoff_delay, a unit taken as a second";
  Variant variant;
  variant.name = "policy";
  variant.key = row.id;
  variant.cost_s = 0.05;
  variant.run = [p, metric = row.metric](std::uint64_t seed, const std::set<std::string>&) {
    return full_jitter(p, seed, metric, 10);
  };
  plan.variants = {variant};
  return plan;
}

struct Reason {
  const char* prefix;
  const char* why;
};

constexpr Reason kReasons[] = {
    {"RT-BUDGET",
     "another algorithm: the row's budget is a share of first attempts, Envoy's one a "
     "share of concurrent requests with their retries in it; see retry_budget_test.cc"},
    {"RT-THR", "another algorithm: client throttling of the SRE book, which sidecars do not have"},
    {"RT-ADM", "another policy: admission control is not among the ones of this proxy yet"},
    {"RT-GRPC", "another algorithm: the throttle and hedging of gRPC clients"},
    {"RT-FIN", "another algorithm: Finagle's budget is a token bucket"},
    {"RT-AWS", "another model: optimistic locking on one record, with back-offs that Envoy lacks"},
    {"RT-BRK", "another algorithm: token bucket or ratio breaker within the client"},
};

}  // namespace

Plan retry_plan(const CaseRow& row) {
  const Parameters p(row.parameters);
  if (row.id.starts_with("RT-IND")) {
    return independent_failures(p);
  }
  if (row.id.starts_with("RT-AMP") || row.id.starts_with("RT-SRE")) {
    return amplification(p);
  }
  if (row.id.starts_with("RT-BO-")) {
    return backoff(row, p);
  }
  if (p.text("strategy") == "three") {
    return three_retries(p);
  }
  Plan plan;
  for (const Reason& reason : kReasons) {
    if (row.id.starts_with(reason.prefix)) {
      plan.why_not = reason.why;
    }
  }
  return plan;
}

}  // namespace shaketable::fidelity
