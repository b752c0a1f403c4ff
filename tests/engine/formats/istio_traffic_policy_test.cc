#include "tests/engine/formats/istio_fixture.h"

namespace shaketable::engine {
namespace {

using proxy::LbPolicy;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;

using IstioTrafficPolicyTest = IstioTest;

TEST_F(IstioTrafficPolicyTest, ConnectionPoolsAreLimitsOfEachCaller) {
  read_rule(
      "  trafficPolicy:\n"
      "    connectionPool:\n"
      "      tcp: {maxConnections: 100, connectTimeout: 30ms}\n"
      "      http: {http1MaxPendingRequests: 1, http2MaxRequests: 1000, maxRequestsPerConnection: "
      "10,"
      " maxRetries: 3, idleTimeout: 5m, maxConcurrentStreams: 7, h2UpgradePolicy: UPGRADE}\n");

  EXPECT_EQ(reports(), "");
  const ClusterPolicy& policy = reviews().policy;
  EXPECT_EQ(policy.circuit_breakers.max_connections, 100U);
  EXPECT_EQ(policy.circuit_breakers.max_pending_requests, 1U);
  EXPECT_EQ(policy.circuit_breakers.max_requests, 1000U);
  EXPECT_EQ(policy.circuit_breakers.max_retries, 3U);
  EXPECT_EQ(policy.connect_timeout, 30ms);
  EXPECT_EQ(policy.pool_idle_timeout, 5min);
  EXPECT_EQ(policy.max_requests_per_connection, 10U);
  EXPECT_EQ(policy.max_concurrent_streams, 7U);
  EXPECT_EQ(policy.protocol, proxy::UpstreamProtocol::kHttp2);
  EXPECT_FALSE(policy.outlier_detection);
  EXPECT_EQ(policy.panic_threshold_percent, 50U);
}

TEST_F(IstioTrafficPolicyTest, WithoutAWordThePoolIsUnlimitedAndTheBalancerLeastRequest) {
  read_rule("  subsets: [{name: v1, labels: {version: v1}}]\n");
  EXPECT_EQ(reports(), "");
  EXPECT_EQ(reviews().policy.lb_policy, LbPolicy::kLeastRequest);
  EXPECT_EQ(reviews().policy.circuit_breakers.max_requests, proxy::kUnlimited);
  ASSERT_EQ(reviews().subsets.size(), 1U);
  EXPECT_FALSE(reviews().subsets[0].policy);
  EXPECT_TRUE(reviews().rules.empty());
  EXPECT_EQ(reviews().default_route.retry->num_retries, 2U);
}

TEST_F(IstioTrafficPolicyTest, OutlierDetectionBringsItsDefaultsAndNoPanic) {
  read_rule("  trafficPolicy: {outlierDetection: {}}\n");
  EXPECT_EQ(reports(), "");
  const ClusterPolicy& policy = reviews().policy;
  ASSERT_TRUE(policy.outlier_detection);
  EXPECT_EQ(policy.outlier_detection->consecutive_5xx, 5U);
  EXPECT_EQ(policy.outlier_detection->enforcing_consecutive_5xx, 100U);
  EXPECT_EQ(policy.outlier_detection->enforcing_consecutive_gateway_failure, 0U);
  EXPECT_EQ(policy.outlier_detection->enforcing_success_rate, 0U);
  EXPECT_EQ(policy.outlier_detection->max_ejection_percent, 10U);
  EXPECT_EQ(policy.panic_threshold_percent, 0U);
}

TEST_F(IstioTrafficPolicyTest, OutlierDetectionInSeveralZonesIsNotTheWholeStory) {
  mesh_.zones = {"a", "b"};
  read_rule("  trafficPolicy: {outlierDetection: {}}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"1 ST3010"}));
}

TEST_F(IstioTrafficPolicyTest, OutlierDetectionIsReadInFull) {
  read_rule(
      "  trafficPolicy:\n"
      "    outlierDetection: {consecutive5xxErrors: 0, consecutiveGatewayErrors: 3, interval: 1s,"
      " baseEjectionTime: 10m, maxEjectionPercent: 50, minHealthPercent: 40,"
      " splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2}\n");
  EXPECT_EQ(reports(), "");
  const proxy::OutlierDetection& outlier = *reviews().policy.outlier_detection;
  EXPECT_EQ(outlier.enforcing_consecutive_5xx, 0U);
  EXPECT_EQ(outlier.consecutive_gateway_failure, 3U);
  EXPECT_EQ(outlier.enforcing_consecutive_gateway_failure, 100U);
  EXPECT_EQ(outlier.interval, 1s);
  EXPECT_EQ(outlier.base_ejection_time, 10min);
  EXPECT_EQ(outlier.max_ejection_time, 10min) << "never below the base";
  EXPECT_EQ(outlier.max_ejection_percent, 50U);
  EXPECT_EQ(outlier.consecutive_local_origin_failure, 2U);
  EXPECT_EQ(reviews().policy.panic_threshold_percent, 40U);
}

TEST_F(IstioTrafficPolicyTest, WarnsOfDetectorsThatDoNothing) {
  read_rule("  trafficPolicy: {outlierDetection: {consecutiveGatewayErrors: 7}}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"6 ST3021"}));

  read_rule("  trafficPolicy: {outlierDetection: {consecutiveErrors: 7}}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"6 ST3014"}));
  EXPECT_EQ(reviews().policy.outlier_detection->consecutive_5xx, 5U);

  read_rule("  trafficPolicy: {outlierDetection: {maxEjectionPercent: 0}}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"6 ST3022"}));
  EXPECT_EQ(reviews().policy.outlier_detection->max_ejection_percent, 10U);
}

TEST_F(IstioTrafficPolicyTest, ASubsetOverridesWholeBlocks) {
  read_rule(
      "  trafficPolicy:\n"
      "    loadBalancer: {simple: RANDOM}\n"
      "    connectionPool: {http: {http2MaxRequests: 10, maxRetries: 2}}\n"
      "  subsets:\n"
      "  - name: v1\n"
      "    labels: {version: v1}\n"
      "    trafficPolicy: {connectionPool: {http: {http2MaxRequests: 99}}}\n");
  EXPECT_EQ(reports(), "");
  const ClusterPolicy& policy = *reviews().subsets[0].policy;
  EXPECT_EQ(policy.circuit_breakers.max_requests, 99U);
  EXPECT_EQ(policy.circuit_breakers.max_retries, proxy::kUnlimited) << "the block as a whole";
  EXPECT_EQ(policy.lb_policy, LbPolicy::kRandom) << "the other block is inherited";
  EXPECT_EQ(reviews().policy.circuit_breakers.max_requests, 10U);
}

TEST_F(IstioTrafficPolicyTest, SettingsForThePortReplaceEverything) {
  mesh_.services[find_service(mesh_, "reviews")].ports = {9080};
  read_rule(
      "  trafficPolicy:\n"
      "    connectionPool: {http: {http2MaxRequests: 10}}\n"
      "    outlierDetection: {consecutive5xxErrors: 2}\n"
      "    portLevelSettings:\n"
      "    - {port: {number: 9080}, loadBalancer: {simple: ROUND_ROBIN}}\n"
      "    - {port: {number: 9090}, loadBalancer: {simple: RANDOM}}\n");
  EXPECT_EQ(reviews().policy.lb_policy, LbPolicy::kRoundRobin);
  EXPECT_EQ(reviews().policy.circuit_breakers.max_requests, proxy::kUnlimited);
  EXPECT_FALSE(reviews().policy.outlier_detection);
  EXPECT_EQ(codes(), (std::vector<std::string>{"10 ST3022", "11 ST3107"}));
}

TEST_F(IstioTrafficPolicyTest, RetryBudgetsAreBareNumbers) {
  read_rule("  trafficPolicy: {retryBudget: {percent: 25, minRetryConcurrency: 5}}\n");
  EXPECT_EQ(reports(), "");
  ASSERT_TRUE(reviews().policy.circuit_breakers.retry_budget);
  EXPECT_EQ(reviews().policy.circuit_breakers.retry_budget->budget_ppm, 250'000U);
  EXPECT_EQ(reviews().policy.circuit_breakers.retry_budget->min_retry_concurrency, 5U);
}

TEST_F(IstioTrafficPolicyTest, WhatIsNotModelledIsNamedByItsPath) {
  read_rule(
      "  trafficPolicy:\n"
      "    loadBalancer:\n"
      "      consistentHash: {httpHeaderName: x-user}\n"
      "      localityLbSetting: {enabled: true, failover: [{from: a, to: b}]}\n"
      "      warmup: {duration: 30s}\n"
      "    tls: {mode: DISABLE}\n"
      "    connectionPool: {tcp: {maxConnectionDuration: 1h}}\n");
  EXPECT_FALSE(diagnostics_.has_errors()) << reports();
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3010", "9 ST3010", "10 ST3010", "11 ST3010",
                                               "12 ST3010"}));
  EXPECT_NE(reports().find("spec.trafficPolicy.loadBalancer.localityLbSetting (.enabled, "
                           ".failover[0].from, .failover[0].to) is not modelled"),
            std::string::npos)
      << reports();
}

TEST_F(IstioTrafficPolicyTest, MutualTlsOfIstioIsTheModel) {
  read_rule("  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}\n");
  EXPECT_EQ(reports(), "");
}

TEST_F(IstioTrafficPolicyTest, TheOldestPolicyWinsAndSubsetsAreUnited) {
  const std::string head =
      "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: ";
  read(head +
       "young, creationTimestamp: '2024-01-01T00:00:00Z'}\n"
       "spec:\n"
       "  host: reviews\n"
       "  trafficPolicy: {loadBalancer: {simple: RANDOM}}\n"
       "  subsets: [{name: v1, labels: {version: v2}}, {name: v3, labels: {version: v3}}]\n"
       "---\n" +
       head +
       "old, creationTimestamp: '2020-01-01T00:00:00Z'}\n"
       "spec:\n"
       "  host: reviews.default.svc.cluster.local\n"
       "  trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}\n"
       "  subsets: [{name: v1, labels: {app: reviews, version: v1}}]\n");
  EXPECT_EQ(reviews().policy.lb_policy, LbPolicy::kRoundRobin);
  ASSERT_EQ(reviews().subsets.size(), 2U);
  EXPECT_EQ(reviews().subsets[0].name, "v1");
  EXPECT_EQ(reviews().subsets[0].mark.line, 15);
  EXPECT_EQ(reviews().subsets[1].name, "v3");
  EXPECT_EQ(codes(), (std::vector<std::string>{"1 ST3105", "7 ST3105"}));
}

}  // namespace
}  // namespace shaketable::engine
