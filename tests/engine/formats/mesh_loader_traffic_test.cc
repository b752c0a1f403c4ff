#include <gmock/gmock.h>

#include "tests/engine/formats/loader_fixture.h"

// `traffic:` of a mesh.
namespace shaketable::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const DestinationPolicy* policy_of(const Mesh& mesh, ServiceIndex service, ServiceIndex from) {
  for (const DestinationPolicy& policy : mesh.policies) {
    if (policy.service == service && policy.from == from) {
      return &policy;
    }
  }
  return nullptr;
}

Mesh with_traffic(const std::string& traffic) { return mesh_of(kTwoServices + traffic); }

TEST(MeshLoaderTrafficTest, ReadsEveryBlockOfADestination) {
  const Mesh mesh = with_traffic(R"(
traffic:
  payment:
    timeout: 800ms
    idle_timeout: 1m
    retries: {attempts: 3, per_try_timeout: 250ms, retry_on: [5xx, reset, 429], previous_hosts: false,
              retriable_status_codes: [418], backoff: {base: 10ms}, budget: {ratio: 15%, min_concurrency: 4},
              host_selection_retry_max_attempts: 7}
    circuit_breakers: {max_connections: 100, max_pending_requests: 50, max_requests: 200, max_retries: 3}
    outlier_detection: {consecutive_5xx: 7, interval: 5s, base_ejection_time: 20s, max_ejection_percent: 50,
                        enforcing_success_rate: 100%, always_eject_one_host: true}
    load_balancing: {policy: random, choice_count: 3, full_scan: true}
    panic_threshold: 0%
    protocol: http2
    max_concurrent_streams: 10
    max_requests_per_connection: 5
    connect_timeout: 2s
    pool_idle_timeout: 3m
    fault: {delay: {fixed_delay: 2s, percent: 10%}, abort: {status: 500, percent: 1%}}
)");

  const DestinationPolicy* entry = policy_of(mesh, 1, kNone);
  ASSERT_NE(entry, nullptr);
  EXPECT_TRUE(entry->rules.empty());
  const proxy::Route& route = entry->default_route;
  EXPECT_EQ(route.timeout, milliseconds(800));
  EXPECT_EQ(route.idle_timeout, std::chrono::minutes(1));
  const proxy::RetryPolicy& retry = *route.retry;
  EXPECT_EQ(retry.num_retries, 3U);
  EXPECT_EQ(retry.retry_on, proxy::kRetryOn5xx | proxy::kRetryOnReset | proxy::kRetryOnStatusCodes);
  EXPECT_EQ(retry.status_codes, (std::vector<std::uint16_t>{429, 418}));
  EXPECT_EQ(retry.backoff_base, milliseconds(10));
  EXPECT_EQ(retry.backoff_max, milliseconds(100));
  EXPECT_FALSE(retry.previous_hosts);
  EXPECT_EQ(retry.host_selection_retry_max_attempts, 7U);
  const ClusterPolicy& policy = entry->policy;
  EXPECT_EQ(policy.circuit_breakers.max_connections, 100U);
  EXPECT_EQ(policy.circuit_breakers.max_pending_requests, 50U);
  EXPECT_EQ(policy.circuit_breakers.max_requests, 200U);
  EXPECT_EQ(policy.circuit_breakers.max_retries, 3U);
  EXPECT_EQ(policy.circuit_breakers.retry_budget->budget_ppm, 150'000U);
  EXPECT_EQ(policy.circuit_breakers.retry_budget->min_retry_concurrency, 4U);
  EXPECT_EQ(policy.outlier_detection->consecutive_5xx, 7U);
  EXPECT_EQ(policy.outlier_detection->max_ejection_percent, 50U);
  EXPECT_EQ(policy.outlier_detection->enforcing_success_rate, 100U);
  EXPECT_EQ(policy.outlier_detection->consecutive_gateway_failure, 5U) << "Envoy's default";
  EXPECT_EQ(policy.lb_policy, proxy::LbPolicy::kRandom);
  EXPECT_EQ(policy.choice_count, 3U);
  EXPECT_EQ(policy.panic_threshold_percent, 0U);
  EXPECT_EQ(policy.protocol, proxy::UpstreamProtocol::kHttp2);
  EXPECT_EQ(policy.max_concurrent_streams, 10U);
  EXPECT_EQ(policy.max_requests_per_connection, 5U);
  EXPECT_EQ(policy.connect_timeout, seconds(2));
  EXPECT_EQ(policy.pool_idle_timeout, std::chrono::minutes(3));
  EXPECT_EQ(route.fault->delay_ppm, 100'000U);
  EXPECT_EQ(route.fault->abort_status, 500);
}

TEST(MeshLoaderTrafficTest, TakesWhatAnEntryDoesNotSayFromTheDefaults) {
  const Mesh mesh = with_traffic(
      "traffic:\n"
      "  payment: {retries: {attempts: 5}}\n"
      "  defaults: {timeout: 15s, retries: {retry_on: [5xx]}, outlier_detection: {}}\n");

  const DestinationPolicy* entry = policy_of(mesh, 1, kNone);
  EXPECT_EQ(mesh.default_route.timeout, seconds(15));
  EXPECT_EQ(entry->default_route.timeout, seconds(15));
  EXPECT_EQ(entry->default_route.retry->num_retries, 5U);
  EXPECT_EQ(entry->default_route.retry->retry_on, proxy::kRetryOn5xx);
  EXPECT_EQ(mesh.default_route.retry->num_retries, 2U);
  EXPECT_TRUE(entry->policy.outlier_detection.has_value());
}

TEST(MeshLoaderTrafficTest, SwitchesThingsOff) {
  const Mesh mesh = with_traffic(
      "traffic:\n"
      "  defaults: {outlier_detection: {}}\n"
      "  payment: {retries: false, outlier_detection: false}\n"
      "  gateway: {retries: 0}\n");

  EXPECT_FALSE(policy_of(mesh, 1, kNone)->default_route.retry.has_value());
  EXPECT_FALSE(policy_of(mesh, 1, kNone)->policy.outlier_detection.has_value());
  EXPECT_FALSE(policy_of(mesh, 0, kNone)->default_route.retry.has_value());
}

TEST(MeshLoaderTrafficTest, SplitsOverVersionsAsSubsets) {
  const Mesh mesh = with_traffic("traffic: {payment: {split: {v1: 90%, v2: 10%}, timeout: 1s}}");

  const DestinationPolicy* entry = policy_of(mesh, 1, kNone);
  ASSERT_EQ(entry->subsets.size(), 2U);
  EXPECT_EQ(entry->subsets[1].labels.at(0).value, "v2");
  ASSERT_EQ(entry->rules.size(), 1U);
  EXPECT_EQ(entry->rules[0].route.timeout, seconds(1));
  ASSERT_EQ(entry->rules[0].destinations.size(), 2U);
  EXPECT_EQ(entry->rules[0].destinations[0].weight, 90U);
  EXPECT_EQ(entry->rules[0].destinations[1].subset, "v2");
}

TEST(MeshLoaderTrafficTest, KeepsWeightsAsWrittenAndFinePercentsExact) {
  const Mesh plain = with_traffic("traffic: {payment: {split: {v1: 3, v2: 1}}}");
  const Mesh fine = with_traffic("traffic: {payment: {split: {v1: 99.5%, v2: 0.5%}}}");

  EXPECT_EQ(plain.policies[0].rules[0].destinations[0].weight, 3U);
  EXPECT_EQ(fine.policies[0].rules[0].destinations[0].weight, 995'000U);
  EXPECT_EQ(fine.policies[0].rules[0].destinations[1].weight, 5'000U);
}

TEST(MeshLoaderTrafficTest, NarrowsToACaller) {
  const Mesh mesh =
      with_traffic("traffic: {payment: {timeout: 1s, retries: 4, from: {gateway: {timeout: 2s}}}}");
  EXPECT_EQ(policy_of(mesh, 1, kNone)->default_route.timeout, seconds(1));
  EXPECT_EQ(policy_of(mesh, 1, 0)->default_route.timeout, seconds(2));
  EXPECT_EQ(policy_of(mesh, 1, 0)->default_route.retry->num_retries, 4U);

  const Mesh alone = with_traffic("traffic: {payment: {timeout: 1s, from: gateway}}");
  EXPECT_EQ(policy_of(alone, 1, kNone), nullptr);
  EXPECT_EQ(policy_of(alone, 1, 0)->default_route.timeout, seconds(1));

  const Mesh several = with_traffic("traffic: {payment: {timeout: 1s, from: [gateway]}}");
  EXPECT_EQ(policy_of(several, 1, 0)->default_route.timeout, seconds(1));
}

TEST(MeshLoaderTrafficTest, ReadsRoutesInOrderAndSendsTheRestToTheSplit) {
  const Mesh mesh = with_traffic(R"(
traffic:
  payment:
    timeout: 3s
    split: {v1: 100%}
    routes:
      - name: beta
        match: {prefix: /charge, method: POST, headers: {X-Beta: {exact: "1"}, x-old: {present: false}}, query: {a: {regex: b+}}}
        to: v2
        timeout: 1s
        retries: false
        mirror: {to: v1, percent: 5%}
        rewrite: {prefix: /v2}
      - {match: [{path: /a}, {segment_prefix: /b}], redirect: {path: /c, status: 308}}
      - {match: {regex: "/d.*"}, direct_response: {status: 418, body: no}}
      - {match: {authority: old.shop}, to: gateway, fault: {abort: {percent: 1%}}}
)");

  const std::vector<RouteRule>& rules = mesh.policies[0].rules;
  ASSERT_EQ(rules.size(), 6U);
  const proxy::Route& beta = rules[0].route;
  EXPECT_EQ(beta.name, "beta");
  EXPECT_EQ(beta.timeout, seconds(1));
  EXPECT_FALSE(beta.retry.has_value());
  EXPECT_EQ(beta.match.path.kind, proxy::PathMatch::Kind::kPrefix);
  ASSERT_EQ(beta.match.headers.size(), 3U);
  EXPECT_EQ(beta.match.headers[0].name, ":method");
  EXPECT_EQ(beta.match.headers[1].name, "x-beta");
  EXPECT_TRUE(beta.match.headers[2].invert);
  EXPECT_EQ(beta.match.query.at(0).value.kind, proxy::StringMatch::Kind::kRegex);
  EXPECT_EQ(rules[0].destinations.at(0).subset, "v2");
  EXPECT_EQ(rules[0].mirrors.at(0).ppm, 50'000U);
  EXPECT_EQ(beta.rewrite->prefix, "/v2");
  EXPECT_EQ(rules[1].route.redirect->status, 308);
  EXPECT_EQ(rules[2].route.match.path.text, "/b");
  EXPECT_EQ(rules[3].route.direct_response->status, 418);
  EXPECT_EQ(rules[4].destinations.at(0).service, 0U);
  EXPECT_EQ(rules[4].route.timeout, seconds(3));
  EXPECT_EQ(rules[5].destinations.at(0).subset, "v1");
}

TEST(MeshLoaderTrafficTest, PutsItsOwnTrafficOnTopOfImportedPolicies) {
  const auto load = [](const std::string& rest) {
    Diagnostics diagnostics;
    const auto mesh =
        parse_mesh("tests/golden/policies/mesh.yaml",
                   kTwoServices + "policies: [payment.yaml]\n" + rest, {}, diagnostics);
    EXPECT_TRUE(mesh.has_value()) << render(diagnostics, false);
    return mesh.value_or(Mesh{});
  };

  const Mesh imported = load("");
  const Mesh both = load("traffic: {defaults: {timeout: 9s}, payment: {retries: 5}}");
  const Mesh over = load("traffic: {payment: {timeout: 3s}}");

  ASSERT_EQ(imported.policies.size(), 1U);
  EXPECT_EQ(imported.policies[0].rules.at(0).route.timeout, seconds(2));
  EXPECT_EQ(both.policies[0].rules.at(0).route.timeout, seconds(2));
  EXPECT_EQ(both.policies[0].rules.at(0).route.retry->num_retries, 5U);
  EXPECT_EQ(over.policies[0].rules.at(0).route.timeout, seconds(3));
}

TEST(MeshLoaderTrafficTest, RefusesWhatRe2Refuses) {
  Diagnostics diagnostics;
  static_cast<void>(parse_mesh(
      "m.yaml", kTwoServices + "traffic: {payment: {routes: [{match: {regex: '(a'}, to: v1}]}}", {},
      diagnostics));

  EXPECT_THAT(render(diagnostics, false), testing::HasSubstr("ST1220"));
}

TEST(MeshLoaderTrafficTest, TakesMtlsOfTheDefaultsForTheNetwork) {
  EXPECT_FALSE(with_traffic("traffic: {defaults: {mtls: disable}}").network.tls);
  EXPECT_TRUE(with_traffic("traffic: {defaults: {mtls: strict}}").network.tls);
}

}  // namespace
}  // namespace shaketable::engine
