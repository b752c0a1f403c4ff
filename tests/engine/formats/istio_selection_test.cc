#include "tests/engine/formats/istio_fixture.h"

namespace shaketable::engine {
namespace {

/// A VirtualService as text: `meta` and `spec` beside `http`, which routes to one service.
std::string service_text(const std::string& meta, const std::string& spec, const std::string& to) {
  return "apiVersion: networking.istio.io/v1beta1\nkind: VirtualService\nmetadata: {" + meta +
         "}\nspec: {" + spec + ", http: [{route: [{destination: {host: " + to + "}}]}]}\n---\n";
}

std::string rule_text(const std::string& meta, const std::string& spec) {
  return "apiVersion: networking.istio.io/v1alpha3\nkind: DestinationRule\nmetadata: {" + meta +
         "}\nspec: {" + spec + "}\n---\n";
}

using IstioSelectionTest = IstioTest;

TEST_F(IstioSelectionTest, ShortNamesAreInTheNamespaceOfTheRule) {
  read(service_text("name: a, namespace: shop", "hosts: [reviews]", "ratings"));
  EXPECT_TRUE(policies_.empty());
  EXPECT_EQ(codes(), (std::vector<std::string>{"4 ST3100"}));
  EXPECT_NE(reports().find("the mesh has reviews.default.svc.cluster.local"), std::string::npos);
}

TEST_F(IstioSelectionTest, FullNamesReachOtherNamespaces) {
  read(service_text("name: a, namespace: shop", "hosts: [reviews.default.svc.cluster.local]",
                    "ratings.default.svc.cluster.local"));
  EXPECT_EQ(reports(), "");
  EXPECT_EQ(destinations(rule()), "ratings:1");
}

TEST_F(IstioSelectionTest, TwoPartNamesAreTakenLiterally) {
  read(service_text("name: a", "hosts: [reviews.default]", "ratings.default"));
  EXPECT_EQ(destinations(rule()), "none:1") << "503 NC, as with Istio";
  EXPECT_EQ(codes(), (std::vector<std::string>{"4 ST3106", "4 ST3106"}));
}

TEST_F(IstioSelectionTest, UnknownHostsWarnAndUnknownDestinationsGoNowhere) {
  read(service_text("name: a", "hosts: [mongodb]", "mongodb") +
       service_text("name: b", "hosts: [reviews]", "mongodb"));
  EXPECT_FALSE(diagnostics_.has_errors());
  EXPECT_EQ(destinations(rule()), "none:1");
  EXPECT_EQ(codes(), (std::vector<std::string>{"4 ST3100", "9 ST3101"}));
}

TEST_F(IstioSelectionTest, TheOldestOfTwoRulesOwnsTheHost) {
  read(service_text("name: young, creationTimestamp: '2024-01-01T00:00:00Z'", "hosts: [reviews]",
                    "ratings") +
       service_text("name: old, creationTimestamp: '2020-01-01T00:00:00Z'", "hosts: [reviews]",
                    "details"));
  EXPECT_EQ(destinations(rule()), "details:1");
  EXPECT_EQ(codes(), (std::vector<std::string>{"1 ST3104"}));
}

TEST_F(IstioSelectionTest, TheMoreSpecificHostWinsWhateverItsAge) {
  read(service_text("name: wild, creationTimestamp: '2020-01-01T00:00:00Z'",
                    "hosts: ['*.default.svc.cluster.local']", "ratings") +
       service_text("name: exact, creationTimestamp: '2024-01-01T00:00:00Z'", "hosts: [reviews]",
                    "details"));
  EXPECT_EQ(reports(), "");
  EXPECT_EQ(destinations(rule()), "details:1");
  EXPECT_EQ(destinations(find("productpage")->rules.front()), "ratings:1");
}

TEST_F(IstioSelectionTest, ExportToHidesARuleFromOtherNamespaces) {
  mesh_.services.push_back(make_service("shop", {"v1"}, "shop"));
  read(service_text("name: a", "hosts: [reviews], exportTo: ['.']", "ratings"));
  EXPECT_EQ(destinations(rule()), "ratings:1");
  ASSERT_NE(find("reviews", "shop"), nullptr);
  EXPECT_TRUE(find("reviews", "shop")->rules.empty());
  EXPECT_EQ(find("reviews", "shop")->default_route.retry->num_retries, 2U);
}

TEST_F(IstioSelectionTest, ACallersNamespaceHidesTheOwnersDestinationRule) {
  mesh_.services.push_back(make_service("shop", {"v1"}, "shop"));
  read(rule_text("name: owner", "host: reviews, trafficPolicy: {loadBalancer: {simple: RANDOM}}") +
       rule_text("name: wild, namespace: shop",
                 "host: '*.cluster.local', trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}") +
       rule_text("name: root, namespace: istio-system",
                 "host: '*.local', trafficPolicy: {outlierDetection: {}}"));
  EXPECT_EQ(reviews().policy.lb_policy, proxy::LbPolicy::kRandom);
  EXPECT_EQ(find("reviews", "shop")->policy.lb_policy, proxy::LbPolicy::kRoundRobin);
  EXPECT_TRUE(find("ratings")->policy.outlier_detection) << "the root namespace comes last";
}

TEST_F(IstioSelectionTest, SourceLabelsChooseCallers) {
  read_http(
      "  - match: [{sourceLabels: {app: ratings}}]\n"
      "    route: [{destination: {host: details}}]\n"
      "  - route: [{destination: {host: reviews}}]\n");
  EXPECT_EQ(reports(), "");
  EXPECT_EQ(destinations(rule()), "reviews:1");
  EXPECT_EQ(reviews().rules.size(), 1U);
  ASSERT_NE(find("reviews", "ratings"), nullptr);
  EXPECT_EQ(destinations(find("reviews", "ratings")->rules.front()), "details:1");
  EXPECT_EQ(find("reviews", "productpage"), nullptr) << "like everybody";
}

TEST_F(IstioSelectionTest, SourceLabelsOfOneVersionCannotBeModelled) {
  read_http(
      "  - match: [{sourceLabels: {app: details, version: v2}}]\n"
      "    route: [{destination: {host: ratings}}]\n"
      "  - route: [{destination: {host: reviews}}]\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"7 ST3109"}));
  EXPECT_EQ(find("reviews", "details"), nullptr);
}

TEST_F(IstioSelectionTest, AMatchOnAPortThatNobodyCallsIsLeftOut) {
  mesh_.services[find_service(mesh_, "reviews")].ports = {9080};
  read_http(
      "  - match: [{port: 80}]\n"
      "    route: [{destination: {host: details}}]\n"
      "  - match: [{port: 9080}]\n"
      "    route: [{destination: {host: reviews, port: {number: 9999}}}]\n");
  ASSERT_EQ(reviews().rules.size(), 1U);
  EXPECT_EQ(destinations(rule()), "none:1");
  EXPECT_EQ(codes(), (std::vector<std::string>{"7 ST3107", "10 ST3107"}));
}

TEST_F(IstioSelectionTest, WithoutAMatchThatFitsTheRuleDoesNotApply) {
  mesh_.services[find_service(mesh_, "reviews")].ports = {9080};
  read_http(
      "  - match: [{port: 80}]\n"
      "    route: [{destination: {host: details}}]\n");
  EXPECT_TRUE(reviews().rules.empty());
}

TEST_F(IstioSelectionTest, RulesOfGatewaysApplyToCallsOfTheGateway) {
  read(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: bookinfo}\n"
      "spec:\n"
      "  hosts: ['*']\n"
      "  gateways: [bookinfo-gateway]\n"
      "  http:\n"
      "  - route: [{destination: {host: details}}]\n"
      "    match: [{uri: {prefix: /}}]\n"
      "  - match: [{uri: {exact: /productpage}}, {uri: {prefix: /static}}]\n"
      "    route: [{destination: {host: productpage, port: {number: 9080}}}]\n");
  const DestinationPolicy* gateway = find("productpage", "ingress");
  ASSERT_NE(gateway, nullptr);
  // Istio's sidecars stop at the route that takes all; its gateways too, within one rule.
  EXPECT_EQ(gateway->rules.size(), 1U);
  EXPECT_TRUE(find("productpage")->rules.empty()) << "sidecars are not affected";
}

TEST_F(IstioSelectionTest, RoutesOfGatewaysThatTakeAllGoToTheEnd) {
  read(service_text("name: a", "hosts: ['*'], gateways: [g]", "details") +
       "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: b}\n"
       "spec: {hosts: ['*'], gateways: [g], http: [{match: [{uri: {prefix: /p}}],"
       " route: [{destination: {host: productpage}}]}]}\n");
  const DestinationPolicy* gateway = find("productpage", "ingress");
  ASSERT_NE(gateway, nullptr);
  ASSERT_EQ(gateway->rules.size(), 2U);
  EXPECT_EQ(destinations(gateway->rules[0]), "productpage:1");
  EXPECT_EQ(destinations(gateway->rules[1]), "details:1");
}

TEST_F(IstioSelectionTest, ARuleOfAGatewayForOneServiceDoesNotCutOffTheOthers) {
  read(service_text("name: a", "hosts: ['*'], gateways: [g]", "details"));
  EXPECT_NE(find("details", "ingress"), nullptr);
  EXPECT_EQ(find("productpage"), nullptr);
  EXPECT_EQ(find("productpage", "ingress"), nullptr);

  read(service_text("name: a", "hosts: [other.test], gateways: [g]", "mongodb"));
  EXPECT_TRUE(policies_.empty());
  EXPECT_EQ(codes(), (std::vector<std::string>{"1 ST3100"}));
}

TEST_F(IstioSelectionTest, RulesOfGatewaysAloneAreNotedWhenThereIsNoGateway) {
  mesh_.services.front().entry = false;
  read(service_text("name: a", "hosts: ['*'], gateways: [g]", "details"));
  EXPECT_EQ(codes(), (std::vector<std::string>{"1 ST3108"}));
}

TEST_F(IstioSelectionTest, RulesOfTheMeshApplyToGatewaysWithoutTheirOwn) {
  read(service_text("name: a", "hosts: [reviews]", "details"));
  EXPECT_EQ(find("reviews", "ingress"), nullptr);
  EXPECT_EQ(destinations(rule()), "details:1");
}

TEST_F(IstioSelectionTest, SubsetsAreCheckedAgainstTheRulesThatTheCallerSees) {
  read(rule_text("name: r",
                 "host: reviews, subsets: [{name: v1, labels: {version: v1}},"
                 " {name: v9, labels: {version: v9}}]") +
       service_text("name: a", "hosts: [reviews]", "reviews, subset: v2") +
       service_text("name: b", "hosts: [ratings]", "reviews, subset: v9"));
  EXPECT_EQ(codes(), (std::vector<std::string>{"4 ST3103", "9 ST3102", "14 ST3103"}));
  EXPECT_EQ(destinations(rule()), "reviews/v2:1");
}

TEST_F(IstioSelectionTest, DelegatesTakeOverARoute) {
  read(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: root}\n"
      "spec:\n"
      "  hosts: [reviews]\n"
      "  http:\n"
      "  - match: [{uri: {prefix: /team}, headers: {x-a: {exact: '1'}}}]\n"
      "    delegate: {name: team, namespace: other}\n"
      "    timeout: 3s\n"
      "  - route: [{destination: {host: reviews}}]\n"
      "---\n"
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {name: team, namespace: other}\n"
      "spec:\n"
      "  http:\n"
      "  - match: [{uri: {prefix: /team/a}}]\n"
      "    timeout: 1s\n"
      "    route: [{destination: {host: details.default.svc.cluster.local}}]\n"
      "  - match: [{uri: {prefix: /elsewhere}}]\n"
      "    route: [{destination: {host: details.default.svc.cluster.local}}]\n"
      "  - route: [{destination: {host: ratings.default.svc.cluster.local}}]\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"20 ST3111"}));
  ASSERT_EQ(reviews().rules.size(), 3U);
  EXPECT_EQ(rule(0).route.match.path.text, "/team/a");
  EXPECT_EQ(rule(0).route.match.headers.size(), 1U);
  EXPECT_EQ(rule(0).route.timeout, std::chrono::seconds(1));
  EXPECT_EQ(rule(1).route.match.path.text, "/team");
  EXPECT_EQ(rule(1).route.timeout, std::chrono::seconds(3)) << "inherited";
  EXPECT_EQ(destinations(rule(1)), "ratings:1");
  EXPECT_EQ(destinations(rule(2)), "reviews:1");
}

TEST_F(IstioSelectionTest, TheMeshsOwnEntriesAreTheBase) {
  DestinationPolicy own;
  own.service = find_service(mesh_, "reviews");
  own.policy.circuit_breakers.max_requests = 17;
  own.default_route = istio_default_route();
  mesh_.policies.push_back(own);
  read_rule("  trafficPolicy: {loadBalancer: {simple: RANDOM}}\n");
  EXPECT_EQ(reviews().policy.circuit_breakers.max_requests, 17U);
  EXPECT_EQ(reviews().policy.lb_policy, proxy::LbPolicy::kRandom);

  apply_policies(policies_, mesh_);
  ASSERT_EQ(mesh_.policies.size(), 1U);
  EXPECT_EQ(mesh_.policies.front().policy.lb_policy, proxy::LbPolicy::kRandom);
}

}  // namespace
}  // namespace shaketable::engine
