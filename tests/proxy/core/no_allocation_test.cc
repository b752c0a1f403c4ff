#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/core/sidecar.h"
#include "tests/support/allocation_counter.h"

namespace shaketable::proxy {
namespace {

/// A caller's sidecar and a callee's with all policies on; the upstream answers at once, sometimes
/// badly. The driver's own memory is fixed.
class Pair {
 public:
  explicit Pair(std::uint32_t shape)
      : config_(std::make_shared<CompiledConfig>(plain())),
        outbound_(worker_, 0, config_, Rng(7), kStart),
        inbound_(worker_, 1, config_, Rng(7), kStart) {
    head_.method = "POST";
    head_.authority = "checkout.shop.svc.cluster.local:8080";
    head_.path = "/cart/items?debug=0";
    head_.shape = shape;
    worker_.actions().reserve(64);
  }

  void run(int requests) {
    for (int i = 0; i < requests; ++i) {
      now_ += 1ms;
      worker_.on_deadline(now_);
      outbound_.on_request(now_, Direction::kOutbound, head_, 1);
      carry_out();
    }
  }
  std::uint64_t ends = 0;
  std::uint64_t retries = 0;

 private:
  static ProxyConfig plain() {
    ClusterConfig cluster;
    cluster.name = "checkout";
    cluster.lb_policy = LbPolicy::kLeastRequest;
    cluster.outlier_detection = OutlierDetection{};
    cluster.outlier_detection->enforcing_success_rate = 100;
    cluster.outlier_detection->enforcing_failure_percentage = 100;
    cluster.outlier_detection->max_ejection_percent = 50;
    cluster.circuit_breakers.retry_budget = RetryBudget{};
    cluster.hosts = std::make_shared<const HostSet>(HostSet{{0, 1}, {1, 1}, {2, 1}, {3, 2}});
    ClusterConfig shadow = cluster;
    shadow.name = "shadow";
    shadow.protocol = UpstreamProtocol::kHttp2;
    Route route;
    route.match.path = {PathMatch::Kind::kSegmentPrefix, "/cart"};
    route.match.headers = {{":method", {StringMatch::Kind::kExact, "POST"}, false}};
    route.clusters = {{0, 90}, {1, 10}};
    route.retry = RetryPolicy{};
    route.retry->retry_on = kRetryOn5xx;
    route.retry->per_try_timeout = 250ms;
    route.retry->previous_hosts = true;
    route.fault = FaultPolicy{};
    route.fault->delay_ppm = 10'000;
    route.fault->fixed_delay = 3ms;
    route.fault->abort_ppm = 10'000;
    route.mirrors = {{1, 50'000}};
    ProxyConfig config;
    config.clusters = {cluster, shadow};
    config.outbound = {{"checkout", {"checkout.shop.svc.cluster.local"}, {route}}};
    return config;
  }

  void carry_out() {
    for (std::size_t i = 0; i < worker_.actions().size(); ++i) {
      const Action action = worker_.actions()[i];
      Sidecar& sidecar = action.proxy == 0 ? outbound_ : inbound_;
      switch (action.kind) {
        case ActionKind::kOpenConnection:
          sidecar.on_connected(now_, action.connection);
          break;
        case ActionKind::kSendRequest:
          retries += action.flags & kSendRetry;
          if (++sent_ % 97 == 0) {
            sidecar.on_upstream_reset(now_, action.attempt, ResetReason::kRemoteReset);
          } else {
            ResponseHead response;
            response.status = sent_ % 31 == 0 ? 503 : 200;
            sidecar.on_response(now_, action.attempt, response);
          }
          break;
        case ActionKind::kForwardResponse:
        case ActionKind::kLocalReply:
        case ActionKind::kResetDownstream:
          ++ends;
          break;
        case ActionKind::kCloseConnection:
        case ActionKind::kCancelAttempt:
          break;
      }
    }
    worker_.actions().clear();
    worker_.telemetry().clear();
  }

  Worker worker_;
  std::shared_ptr<CompiledConfig> config_;
  Sidecar outbound_, inbound_;
  RequestHead head_;
  Instant now_ = kStart;
  std::uint32_t sent_ = 0;
};

TEST(NoAllocationTest, ServesRequestsOfAShapeWithoutAllocating) {
  Pair pair(0);
  pair.run(30'000);
  const std::uint64_t before = support::allocation_count();

  pair.run(10'000);

  EXPECT_EQ(support::allocation_count() - before, 0U);
  EXPECT_GT(pair.ends, 39'000U);
  EXPECT_GT(pair.retries, 1'000U);
}

TEST(NoAllocationTest, MatchesLiveRequestsWithoutAllocating) {
  Pair pair(RequestHead::kNoShape);
  pair.run(30'000);
  const std::uint64_t before = support::allocation_count();

  pair.run(10'000);

  EXPECT_EQ(support::allocation_count() - before, 0U);
}

}  // namespace
}  // namespace shaketable::proxy
