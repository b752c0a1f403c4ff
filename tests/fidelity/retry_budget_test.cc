#include <cmath>

#include <gtest/gtest.h>

#include "tests/fidelity/parts.h"

namespace shaketable::fidelity {
namespace {

/// `layers` callers in a row with that retry budget and no other limit, before a backend that
/// always fails after 100 ms. Attempts at the backend for each request of the users.
double amplification(std::uint32_t layers, std::uint32_t budget_ppm) {
  Experiment made = experiment(60, 10);
  engine::Mesh& mesh = made.scenario.mesh;
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    mesh.services.push_back(with_sidecar(
        service("layer-" + std::to_string(layer + 1), sharing(), {{call(layer + 1)}})));
  }
  mesh.services.push_back(service("backend", fifo(100'000),
                                  {{work(proxy::Distribution::exponential(milliseconds(100)))}}));
  mesh.services.back().versions[0].endpoints[0].error_ppm = 1'000'000;
  proxy::RetryPolicy retry;
  retry.retry_on = proxy::kRetryOn5xx;
  retry.num_retries = kNoLimit;
  retry.backoff_base = retry.backoff_max = proxy::Duration{0};
  mesh.default_route.retry = retry;
  mesh.default_policy.circuit_breakers.retry_budget = proxy::RetryBudget{budget_ppm, 0};
  mesh.default_policy.protocol = proxy::UpstreamProtocol::kHttp2;
  made.station = layers;
  made.scenario.loads = {arrivals(0, 5000)};
  const std::string metric = "bottom_attempts_per_user_request";
  return run_experiment(made, 1, {metric}).at(metric)[0];
}

/// Retries are at most b of all concurrent requests, so first attempts are 1 - b of them: 1 / (1 -
/// b) attempts a request and layer. A budget that counts first attempts only would give 1 + b.
TEST(RetryBudgetTest, AmplifiesByTheShareOfAllConcurrentRequests) {
  EXPECT_NEAR(amplification(1, 100'000), 1 / 0.9, 0.01);
  EXPECT_NEAR(amplification(1, 200'000), 1 / 0.8, 0.01);
}

TEST(RetryBudgetTest, MultipliesFromLayerToLayer) {
  EXPECT_NEAR(amplification(3, 100'000), std::pow(1 / 0.9, 3), 0.02);
}

}  // namespace
}  // namespace shaketable::fidelity
