#include "engine/mesh/compile.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

using Versions = std::vector<VersionIndex>;

/// shop calls price (v1, v2) and stock; audit calls price.
class CompileTest : public testing::Test {
 protected:
  CompileTest() {
    build_.service("price", workers(1), {});
    build_.version("v2", workers(1), {});
    build_.service("stock", workers(1), {});
    build_.service(
        "shop", workers(1),
        {build_.call("stock"), parallel({{build_.call("price")}, {build_.call("price")}})});
    build_.service("audit", workers(1), {build_.call("price")});
  }

  Mesh& mesh() { return build_.scenario.mesh; }
  WorkloadConfig compiled(const std::string& caller) {
    return compile_workload(mesh(), build_.index(caller));
  }
  /// The subsets v1 and v2 of price, and all of it to v1.
  DestinationPolicy& split() {
    DestinationPolicy& policy = build_.policy("price");
    policy.subsets = {{"v1", {{"version", "v1"}}, {}, {}}, {"v2", {{"version", "v2"}}, {}, {}}};
    RouteRule rule;
    rule.destinations = {{0, "v1", 90}, {0, "v2", 10}};
    policy.rules = {rule};
    return policy;
  }
  static const proxy::VirtualHost& host_of(const WorkloadConfig& workload,
                                           const std::string& name) {
    const auto& hosts = workload.config.outbound;
    return *std::find_if(hosts.begin(), hosts.end(),
                         [&](const auto& host) { return host.domains.front() == name; });
  }

  ScenarioBuilder build_;
};

TEST_F(CompileTest, FindsCalleesInBranchesAndEachOnce) {
  EXPECT_EQ(callees_of(mesh(), build_.index("shop")), (std::vector<ServiceIndex>{0, 1}));
  EXPECT_TRUE(callees_of(mesh(), build_.index("price")).empty());
}

TEST_F(CompileTest, TheFirstClusterIsTheApplicationItself) {
  const WorkloadConfig workload = compiled("shop");

  EXPECT_EQ(workload.config.clusters[0].name, "inbound|80||");
  EXPECT_EQ(workload.config.clusters[0].tag, build_.index("shop"));
  EXPECT_EQ(workload.bindings[0].service, kNone);
  ASSERT_EQ(workload.config.inbound.size(), 1);
  EXPECT_EQ(workload.config.inbound[0].routes[0].timeout, 0s);
  EXPECT_EQ(workload.config.inbound[0].routes[0].clusters[0].cluster, 0);
}

TEST_F(CompileTest, EachCalleeHasAClusterAndAVirtualHostByAllItsNames) {
  const WorkloadConfig workload = compiled("shop");

  ASSERT_EQ(workload.config.clusters.size(), 3);
  ASSERT_EQ(workload.bindings.size(), 3);
  EXPECT_EQ(workload.config.clusters[1].name, "outbound|80||price.default.svc.cluster.local");
  EXPECT_EQ(workload.config.clusters[1].tag, build_.index("price"));
  EXPECT_EQ(workload.bindings[1].versions, (Versions{0, 1}));
  EXPECT_EQ(host_of(workload, "price").domains,
            (std::vector<std::string>{"price", "price.default", "price.default.svc",
                                      "price.default.svc.cluster.local"}));
}

TEST_F(CompileTest, WithoutAPolicyTheMeshsDefaultsHold) {
  mesh().default_route = istio_default_route();
  mesh().default_policy.connect_timeout = 77ms;

  const WorkloadConfig workload = compiled("audit");

  const proxy::Route& route = host_of(workload, "price").routes.front();
  EXPECT_EQ(route.timeout, 0s);
  ASSERT_TRUE(route.retry.has_value());
  EXPECT_EQ(route.retry->num_retries, 2);
  EXPECT_EQ(workload.config.clusters[1].connect_timeout, 77ms);
}

TEST_F(CompileTest, APolicyForOneCallerBeatsTheGeneralOne) {
  build_.policy("price").default_route.timeout = 1s;
  DestinationPolicy own = build_.policy("price");
  own.from = build_.index("audit");
  own.default_route.timeout = 2s;
  mesh().policies.push_back(own);

  EXPECT_EQ(host_of(compiled("audit"), "price").routes[0].timeout, 2s);
  EXPECT_EQ(host_of(compiled("shop"), "price").routes[0].timeout, 1s);
  EXPECT_EQ(find_policy(mesh(), build_.index("stock"), build_.index("shop")), nullptr);
}

TEST_F(CompileTest, RulesBecomeWeightedSubsetClusters) {
  split();

  const WorkloadConfig workload = compiled("audit");

  const proxy::Route& route = host_of(workload, "price").routes.front();
  ASSERT_EQ(route.clusters.size(), 2);
  EXPECT_EQ(route.clusters[0].weight, 90);
  const proxy::ClusterIndex second = route.clusters[1].cluster;
  EXPECT_EQ(workload.config.clusters[second].name,
            "outbound|80|v2|price.default.svc.cluster.local");
  EXPECT_EQ(workload.bindings[second].versions, Versions{1});
}

TEST_F(CompileTest, SubsetsMayHaveTheirOwnPolicy) {
  DestinationPolicy& policy = split();
  policy.policy.connect_timeout = 5s;
  policy.subsets[1].policy = ClusterPolicy{};
  policy.subsets[1].policy->connect_timeout = 3s;

  const WorkloadConfig workload = compiled("audit");

  EXPECT_EQ(workload.config.clusters[1].connect_timeout, 5s);
  EXPECT_EQ(workload.config.clusters[2].connect_timeout, 3s);
}

TEST_F(CompileTest, UnknownHostsAndSubsetsHaveNoCluster) {
  DestinationPolicy& policy = split();
  policy.rules[0].destinations = {{kNone, "", 1}, {0, "v9", 1}};

  const proxy::Route route = host_of(compiled("audit"), "price").routes.front();

  EXPECT_EQ(route.clusters[0].cluster, proxy::kNoCluster);
  EXPECT_EQ(route.clusters[1].cluster, proxy::kNoCluster);
}

TEST_F(CompileTest, ASubsetThatNoVersionFitsHasNoEndpoints) {
  DestinationPolicy& policy = split();
  policy.subsets[0].labels = {{"version", "v1"}, {"track", "stable"}};

  const WorkloadConfig workload = compiled("audit");

  EXPECT_TRUE(workload.bindings[1].versions.empty());
  EXPECT_TRUE(versions_of(mesh().services[0], policy.subsets[0]).empty());
}

TEST_F(CompileTest, MirrorsAndRoutesElsewhereGetClustersToo) {
  DestinationPolicy& policy = split();
  policy.rules[0].destinations = {{1, "", 1}};
  policy.rules[0].mirrors = {{{0, "v2", 1}, 250'000}};

  const WorkloadConfig workload = compiled("audit");

  const proxy::Route& route = host_of(workload, "price").routes.front();
  EXPECT_EQ(workload.config.clusters[route.clusters[0].cluster].tag, build_.index("stock"));
  ASSERT_EQ(route.mirrors.size(), 1);
  EXPECT_EQ(route.mirrors[0].ppm, 250'000);
  EXPECT_EQ(workload.bindings[route.mirrors[0].cluster].versions, Versions{1});
}

TEST_F(CompileTest, AClusterThatTwoRulesNameIsOne) {
  DestinationPolicy& policy = split();
  policy.rules.push_back(policy.rules[0]);

  EXPECT_EQ(compiled("audit").config.clusters.size(), 3);
}

TEST_F(CompileTest, PortsAreInTheNames) {
  mesh().services[0].ports = {8080, 9090};

  EXPECT_EQ(compiled("audit").config.clusters[1].name,
            "outbound|8080||price.default.svc.cluster.local");
}

}  // namespace
}  // namespace shaketable::engine
