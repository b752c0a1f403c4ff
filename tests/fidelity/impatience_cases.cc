#include <cmath>

#include <fmt/format.h>

#include "tests/fidelity/parts.h"
#include "tests/fidelity/plan.h"

/// Clients who give up, and clients who come again.
namespace shaketable::fidelity {
namespace {

using proxy::Distribution;

/// Mean of the part of a unit exponential between two tail probabilities, `from` > `to`.
double mean_between(double from, double to) {
  const auto integral = [](double tail) { return tail <= 0 ? 0 : tail * (1 - std::log(tail)); };
  return (integral(from) - integral(to)) / (from - to);
}

/// A pool whose waiting requests leave when their client's timeout comes; work that has begun is
/// done to its end.
Experiment impatient(const Parameters& p, const std::vector<double>& timeouts_ms) {
  const double lambda = p.number("lambda");
  Experiment made = RunLength::of(p).at(lambda);
  engine::Runtime runtime = fifo(static_cast<std::uint32_t>(p.number("c")));
  runtime.cancel = true;
  made.servers = p.number("c");
  made.scenario.mesh.services = {service(
      "station", runtime, {{work(Distribution::exponential(seconds(1 / p.number("mu"))))}})};
  for (const double timeout : timeouts_ms) {
    engine::Load load = arrivals(0, lambda / static_cast<double>(timeouts_ms.size()));
    load.timeout = milliseconds(timeout);
    made.scenario.loads.push_back(load);
  }
  return made;
}

Plan fixed_patience(const Parameters& p) {
  const double timeout = p.number("queue_timeout_ms");
  Plan plan;
  plan.how = "scenario: client timeout and a runtime that drops cancelled requests from its queue";
  plan.variants = {by_scenario(
      "direct", fmt::format("M/M/c+D {} {} {}", p.number("c"), p.number("lambda"), timeout),
      impatient(p, {timeout}), RunLength::of(p).requests, 1)};
  return plan;
}

/// Exponential patience: equal parts of the clients, each with the mean of its part as timeout.
Plan random_patience(const Parameters& p) {
  constexpr int kParts = 200;
  const double mean = p.number("patience_mean_ms");
  std::vector<double> timeouts;
  for (int part = 0; part < kParts; ++part) {
    const double from = 1 - static_cast<double>(part) / kParts;
    timeouts.push_back(mean * mean_between(from, from - 1.0 / kParts));
  }
  Plan plan;
  plan.how = fmt::format(
      "scenario: as with one timeout, but {} populations of clients whose timeouts follow the "
      "exponential law",
      kParts);
  plan.variants = {by_scenario(
      "direct", fmt::format("M/M/c+M {} {} {}", p.number("c"), p.number("lambda"), mean),
      impatient(p, timeouts), RunLength::of(p).requests, 2)};
  return plan;
}

/// Refused requests wait at a gate and come again, as often as it takes. The gate lets first
/// attempts wait as well: a Poisson stream that is delayed by independent times is Poisson still,
/// so the station sees the same arrivals. The sidecar in front sends everybody back to the gate.
Plan retrials(const Parameters& p) {
  const RunLength length = RunLength::of(p);
  const double lambda = p.number("lambda");
  Experiment made = length.at(lambda);
  engine::Mesh& mesh = made.scenario.mesh;
  made.gate_mean_ms = 1e3 / p.number("retry_rate_per_client");
  made.service_mean_ms = 1e3 / p.number("mu");
  made.servers = p.number("c", 1);
  made.gate = 1;
  made.station = 2;
  mesh.services = {
      with_sidecar(service("caller", sharing(), {{call(1)}})),
      service("gate", sharing(),
              {{wait(Distribution::exponential(milliseconds(made.gate_mean_ms))), call(2)}}),
      service("station", fifo(static_cast<std::uint32_t>(made.servers), 0),
              {{work(Distribution::exponential(milliseconds(made.service_mean_ms)))}})};
  proxy::RetryPolicy retry;
  retry.retry_on = proxy::kRetryOn5xx;
  retry.num_retries = kNoLimit;
  retry.backoff_base = retry.backoff_max = proxy::Duration{0};
  mesh.default_route.retry = retry;
  mesh.default_policy.protocol = proxy::UpstreamProtocol::kHttp2;
  mesh.default_policy.max_concurrent_streams = kNoLimit;
  made.scenario.loads = {arrivals(0, lambda)};
  Plan plan;
  plan.how =
      "scenario: sidecar that retries without end, a gate with the exponential back-off, a pool "
      "that refuses";
  const std::string key = fmt::format("retrial {} {} {}", made.servers, lambda, made.gate_mean_ms);
  plan.variants = {by_scenario("sidecar", key, made, length.requests, 5, 4)};
  return plan;
}

}  // namespace

Plan impatience_plan(const Parameters& p) {
  if (p.has("queue_timeout_ms")) {
    return fixed_patience(p);
  }
  return p.has("patience_mean_ms") ? random_patience(p) : retrials(p);
}

}  // namespace shaketable::fidelity
