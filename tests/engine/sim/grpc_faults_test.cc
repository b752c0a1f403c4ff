#include <gtest/gtest.h>

#include "engine/mesh/model.h"
#include "tests/support/scenario_builder.h"

// Aborts with a grpc-status: what sidecars, outlier detection and callers make of them.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

/// A shop that asks a price through sidecars, four times; the price answers with gRPC's UNAVAILABLE
/// to the second and third request.
ScenarioBuilder unavailable_price() {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("price", shared(4), {}, 2);
  build.service("shop", shared(4), {build.call("price")});
  build.requests("shop", 4);
  Fault& fault = build.fault(FaultKind::kAbort, "price", 500ms, 2s);
  fault.grpc_status = 14;
  fault.status = 503;
  return build;
}

TEST(GrpcFaultsTest, AGrpcStatusIsAFailureForTheCaller) {
  ScenarioBuilder build = unavailable_price();
  build.policy("price").default_route.retry.reset();

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 2);
  EXPECT_EQ(test->answers(Outcome::kServerError), 2);
  EXPECT_EQ(test->served("price", Outcome::kServerError), 2);
}

TEST(GrpcFaultsTest, AGrpcStatusIsRetriedByItsConditionAndNotAsA5xx) {
  for (const bool by_status : {false, true}) {
    ScenarioBuilder build = unavailable_price();
    build.scenario.faults.front().target.instance = 0;
    proxy::RetryPolicy retry = engine::istio_default_retries();
    retry.retry_on = by_status ? proxy::kRetryOn5xx : retry.retry_on;
    build.policy("price").default_route.retry = retry;
    build.policy("price").policy.lb_policy = proxy::LbPolicy::kRoundRobin;

    const auto test = run(build);

    // Who is tried again has had the turn of the next request, so each goes to the bad one first.
    EXPECT_EQ(test->served("price", Outcome::kServerError), by_status ? 1 : 2);
    EXPECT_EQ(test->answers(Outcome::kServerError), by_status ? 1 : 0);
    EXPECT_EQ(test->edge("shop", "price")->total.retries, by_status ? 0 : 2);
  }
}

TEST(GrpcFaultsTest, AnInstanceIsEjectedForItsGrpcStatus) {
  ScenarioBuilder build = unavailable_price();
  build.scenario.faults.front().target.instance = 0;
  build.policy("price").default_route.retry.reset();
  build.policy("price").policy.outlier_detection =
      proxy::OutlierDetection{.consecutive_5xx = 1, .max_ejection_percent = 50};

  EXPECT_EQ(run(build)->events(EventKind::kEjection).size(), 1);
}

}  // namespace
}  // namespace shaketable::engine
