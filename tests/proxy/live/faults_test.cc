#include "proxy/live/faults.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/proxy/live/sample_stats.h"

namespace shaketable::proxy::live {
namespace {

using Target = RuntimeFault::Target;

RuntimeFault fault_of(Target target, std::string name, std::uint32_t abort_ppm,
                      Instant until = kNever) {
  RuntimeFault fault;
  fault.target = target;
  fault.name = std::move(name);
  fault.policy.abort_ppm = abort_ppm;
  fault.until = until;
  return fault;
}

/// The abort rate of each route of sample_config(), -1 without a fault.
std::vector<int> rates(const ProxyConfig& config) {
  std::vector<int> result;
  for (const Route& route : config.outbound[0].routes) {
    result.push_back(route.fault.has_value() ? static_cast<int>(route.fault->abort_ppm) : -1);
  }
  return result;
}

std::vector<int> applied(const RuntimeFaults& faults) {
  ProxyConfig config = sample_config().core;
  faults.apply(config);
  return rates(config);
}

TEST(RuntimeFaultsTest, ANamedRouteBeatsAClusterAndBothBeatAll) {
  RuntimeFaults faults;
  ASSERT_TRUE(faults.set(fault_of(Target::kRoute, "checkout", 1)).has_value());
  ASSERT_TRUE(faults.set(fault_of(Target::kCluster, "cart", 2)).has_value());
  EXPECT_EQ(applied(faults), (std::vector{1, -1, -1}));
  ASSERT_TRUE(faults.set(fault_of(Target::kCluster, "pay", 3)).has_value());
  ASSERT_TRUE(faults.set(fault_of(Target::kAll, "", 4)).has_value());
  EXPECT_EQ(applied(faults), (std::vector{1, 4, 3}));
  EXPECT_TRUE(faults.remove(Target::kRoute, "checkout"));
  EXPECT_EQ(applied(faults), (std::vector{2, 4, 3}));
  EXPECT_FALSE(faults.remove(Target::kRoute, "cart"));
  EXPECT_EQ(faults.clear(), 3U);
  EXPECT_EQ(applied(faults), (std::vector{-1, -1, -1}));
}

TEST(RuntimeFaultsTest, SettingAgainReplaces) {
  RuntimeFaults faults;
  ASSERT_TRUE(faults.set(fault_of(Target::kRoute, "checkout", 1)).has_value());
  ASSERT_TRUE(faults.set(fault_of(Target::kRoute, "checkout", 2)).has_value());
  EXPECT_EQ(faults.all().size(), 1U);
  EXPECT_EQ(applied(faults), (std::vector{2, -1, -1}));
}

TEST(RuntimeFaultsTest, TheFilesFaultComesBack) {
  ProxyConfig loaded = sample_config().core;
  loaded.outbound[0].routes[0].fault.emplace();
  loaded.outbound[0].routes[0].fault->abort_ppm = 77;
  RuntimeFaults faults;
  ASSERT_TRUE(faults.set(fault_of(Target::kAll, "", 5)).has_value());
  ProxyConfig running = loaded;
  faults.apply(running);
  EXPECT_EQ(rates(running), (std::vector{5, 5, 5}));
  faults.clear();
  running = loaded;
  faults.apply(running);
  EXPECT_EQ(rates(running), (std::vector{77, -1, -1}));
}

TEST(RuntimeFaultsTest, FaultsEndByThemselves) {
  RuntimeFaults faults;
  EXPECT_EQ(faults.next_expiry(), kNever);
  ASSERT_TRUE(faults.set(fault_of(Target::kRoute, "a", 1, kStart + 10s)).has_value());
  ASSERT_TRUE(faults.set(fault_of(Target::kRoute, "b", 1, kStart + 5s)).has_value());
  ASSERT_TRUE(faults.set(fault_of(Target::kRoute, "c", 1)).has_value());
  EXPECT_EQ(faults.next_expiry(), kStart + 5s);
  EXPECT_FALSE(faults.expire(kStart + 4s));
  EXPECT_TRUE(faults.expire(kStart + 5s));
  EXPECT_EQ(faults.next_expiry(), kStart + 10s);
  EXPECT_TRUE(faults.expire(kStart + 60s));
  EXPECT_EQ(faults.all().size(), 1U);
}

TEST(RuntimeFaultsTest, ThereIsALimit) {
  RuntimeFaults faults;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(faults.set(fault_of(Target::kRoute, std::to_string(i), 1)).has_value());
  }
  EXPECT_FALSE(faults.set(fault_of(Target::kRoute, "one more", 1)).has_value());
  EXPECT_TRUE(faults.set(fault_of(Target::kRoute, "7", 2)).has_value());
}

TEST(RuntimeFaultsTest, ARouteThatSendsNothingElsewhereCountsAsTheClustersOwn) {
  ProxyConfig config = sample_config().core;
  config.outbound[0].routes[1].clusters = {{0, 5}, {1, 0}};
  const FaultEffect effect =
      RuntimeFaults::effect_of(fault_of(Target::kCluster, "cart", 1), config);
  EXPECT_EQ(effect.routes, 2U);
  EXPECT_TRUE(effect.skipped.empty());
}

/// Two subsets of cart and pay, as a mesh names their clusters; "cart" splits between its subsets.
ProxyConfig mesh_config() {
  ProxyConfig config = sample_config().core;
  config.clusters.push_back(config.clusters[1]);
  config.clusters[0].name = "outbound|80|v1|cart.shop.svc.cluster.local";
  config.clusters[1].name = "outbound|80|v2|cart.shop.svc.cluster.local";
  config.clusters[2].name = "outbound|80||cart-db.shop.svc.cluster.local";
  config.outbound[0].routes[2].clusters = {{2, 1}};
  return config;
}

TEST(RuntimeFaultsTest, AServiceOfAMeshMayBeNamedAsPeopleSayIt) {
  const ProxyConfig config = mesh_config();
  for (const char* name : {"cart", "cart.shop", "cart.shop.svc.cluster.local"}) {
    const FaultEffect effect =
        RuntimeFaults::effect_of(fault_of(Target::kCluster, name, 1), config);
    EXPECT_EQ(effect.routes, 2U) << name;
    EXPECT_TRUE(effect.skipped.empty()) << name;
  }
  for (const char* name : {"car", "cart.sho", "shop", "|cart"}) {
    EXPECT_EQ(RuntimeFaults::effect_of(fault_of(Target::kCluster, name, 1), config).routes, 0U)
        << name;
  }
  const FaultEffect subset = RuntimeFaults::effect_of(
      fault_of(Target::kCluster, "outbound|80|v1|cart.shop.svc.cluster.local", 1), config);
  EXPECT_EQ(subset.routes, 1U);
  EXPECT_EQ(subset.skipped, std::vector<std::string>{"split"});
}

TEST(RuntimeFaultsTest, TellsWhatMayBeATarget) {
  EXPECT_EQ(RuntimeFaults::targets_of(Target::kCluster, mesh_config()), "cart, cart-db");
  EXPECT_EQ(RuntimeFaults::targets_of(Target::kCluster, sample_config().core), "cart, pay");
  EXPECT_EQ(RuntimeFaults::targets_of(Target::kRoute, mesh_config()), "checkout, split, pay-v1");
  ProxyConfig many = sample_config().core;
  for (int i = 0; i < 30; ++i) {
    many.outbound[0].routes.push_back(many.outbound[0].routes[0]);
    many.outbound[0].routes.back().name = "route-" + std::to_string(i);
  }
  EXPECT_TRUE(RuntimeFaults::targets_of(Target::kRoute, many).ends_with("route-16, ..."));
}

TEST(ReadFaultTest, ReadsEverything) {
  const Result<RuntimeFault> fault = read_fault(
      R"({"cluster": "cart", "delay": {"percent": 0.5, "duration": "1.5s"},
          "abort": {"percent": 100, "status": 599}, "max_active_faults": 7, "for": "2m"})",
      kStart + 1s);
  ASSERT_TRUE(fault.has_value()) << fault.error().message;
  EXPECT_EQ(fault->target, Target::kCluster);
  EXPECT_EQ(fault->name, "cart");
  EXPECT_EQ(fault->policy.delay_ppm, 5'000U);
  EXPECT_EQ(fault->policy.fixed_delay, 1500ms);
  EXPECT_EQ(fault->policy.abort_ppm, kPpmOne);
  EXPECT_EQ(fault->policy.abort_status, 599);
  EXPECT_EQ(fault->policy.max_active_faults, 7U);
  EXPECT_EQ(fault->until, kStart + 121s);
}

TEST(ReadFaultTest, HasDefaults) {
  const Result<RuntimeFault> fault = read_fault(R"({"all": true, "abort": {}})", kStart);
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->target, Target::kAll);
  EXPECT_EQ(fault->policy.abort_ppm, kPpmOne);
  EXPECT_EQ(fault->policy.abort_status, 503);
  EXPECT_EQ(fault->policy.delay_ppm, 0U);
  EXPECT_EQ(fault->until, kNever);
}

class BadFaultTest : public testing::TestWithParam<const char*> {};

TEST_P(BadFaultTest, IsRefusedWithAReason) {
  const Result<RuntimeFault> fault = read_fault(GetParam(), kStart);
  ASSERT_FALSE(fault.has_value()) << GetParam();
  EXPECT_FALSE(fault.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, BadFaultTest,
    testing::Values("", "[]", "{", "nonsense", R"({"route": "a"})", R"({"abort": {}})",
                    R"({"route": "", "abort": {}})",
                    R"({"route": "a", "cluster": "b", "abort": {}})",
                    R"({"all": false, "abort": {}})", R"({"route": 7, "abort": {}})",
                    R"({"route": "a", "abort": {"status": 199}})",
                    R"({"route": "a", "abort": {"status": "503"}})",
                    R"({"route": "a", "abort": {"percent": 0}})",
                    R"({"route": "a", "abort": {"percent": 100.1}})",
                    R"({"route": "a", "abort": {"percent": "5"}})", R"({"route": "a", "abort": 5})",
                    R"({"route": "a", "abort": {"code": 503}})",
                    R"({"route": "a", "abort": {}, "x": 1})", R"({"route": "a", "delay": {}})",
                    R"({"route": "a", "delay": {"duration": 5}})",
                    R"({"route": "a", "delay": {"duration": "5"}})",
                    R"({"route": "a", "delay": {"duration": "-5s"}})",
                    R"({"route": "a", "delay": {"duration": "0s"}})",
                    R"({"route": "a", "delay": {"duration": "5 s"}})",
                    R"({"route": "a", "delay": {"duration": "1e3s"}})",
                    R"({"route": "a", "delay": {"duration": "25h"}})",
                    R"({"route": "a", "delay": {"duration": "99999999999999s"}})",
                    R"({"route": "a", "abort": {}, "for": "forever"})",
                    R"({"route": "a", "abort": {}, "max_active_faults": 0})",
                    R"([[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]])"));

}  // namespace
}  // namespace shaketable::proxy::live
