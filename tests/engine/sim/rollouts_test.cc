#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

namespace shaketable::engine {
namespace {

using support::at;
using support::run;
using support::ScenarioBuilder;
using support::TestRun;
using support::work;
using support::workers;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

std::uint32_t up_at(const TestRun& test, std::size_t second) {
  return test.record().gauges.at(0).points.at(second).instances_up;
}

/// Four instances of a shop, of which each starts in five seconds and ends in one.
ScenarioBuilder four_shops() {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  Service& shop = build.service("shop", workers(2), {work(1ms)}, 4);
  shop.start_delay = 5s;
  shop.termination_grace_period = 1s;
  build.poisson("shop", 100);
  return build;
}

TEST(RolloutTest, ReplacesAQuarterAtATimeAndLosesNoRequest) {
  ScenarioBuilder build = four_shops();
  build.scenario.mesh.network.discovery_delay = 500ms;
  build.fault(FaultKind::kDeploy, "shop", 10s, 0s);

  const auto test = run(build);

  EXPECT_EQ(up_at(*test, 12), 3U) << "one has gone at once, two come";
  EXPECT_EQ(up_at(*test, 17), 3U) << "the two are ready, two more of the old have gone";
  const auto ready = test->events(EventKind::kInstanceUp);
  ASSERT_EQ(ready.size(), 4U);
  EXPECT_EQ(ready[0].at, at(15s));
  EXPECT_EQ(ready[1].at, at(15s));
  EXPECT_EQ(ready[3].at, at(20s));
  EXPECT_EQ(up_at(*test, 30), 4U);
  for (const Outcome outcome : {Outcome::kConnection, Outcome::kTimeout, Outcome::kNoHost}) {
    EXPECT_EQ(test->answers(outcome), 0U);
  }
}

TEST(RolloutTest, WithoutAnyUnavailableAllServeAllTheTime) {
  ScenarioBuilder build = four_shops();
  Fault& deploy = build.fault(FaultKind::kDeploy, "shop", 10s, 0s);
  deploy.surge = {1, 0};
  deploy.unavailable = {0, 0};

  const auto test = run(build);

  for (std::size_t second = 0; second < 60; ++second) {
    EXPECT_GE(up_at(*test, second), 4U) << second;
  }
  const auto ready = test->events(EventKind::kInstanceUp);
  ASSERT_EQ(ready.size(), 4U);
  EXPECT_EQ(ready[3].at, at(30s)) << "one after the other";
}

TEST(RolloutTest, AllAtOnceLeavesNobodyUntilTheNewAreReady) {
  ScenarioBuilder build = four_shops();
  Fault& deploy = build.fault(FaultKind::kDeploy, "shop", 10s, 0s);
  deploy.surge = {0, 0};
  deploy.unavailable = {0, 1'000'000};

  const auto test = run(build);

  EXPECT_EQ(up_at(*test, 13), 0U);
  EXPECT_EQ(up_at(*test, 16), 4U);
}

TEST(RolloutTest, GoesToAnotherVersion) {
  ScenarioBuilder build = four_shops();
  build.version("v2", workers(2), {work(1ms)}, 0);
  Fault& deploy = build.fault(FaultKind::kDeploy, "shop", 10s, 0s);
  deploy.target.version = 0;
  deploy.to = 1;

  const auto test = run(build);

  EXPECT_GT(test->served("shop", Outcome::kOk, 1), 3'000U);
  const Series* const old =
      find_series(test->record(), {.kind = Subject::Kind::kVersion, .service = 0, .version = 0});
  ASSERT_NE(old, nullptr);
  for (std::size_t second = 25; second < 60; ++second) {
    EXPECT_EQ(old->points[second].outcomes[static_cast<std::size_t>(Outcome::kOk)], 0U) << second;
  }
}

TEST(RolloutTest, WaitsWhereANewOneDoesNotComeUp) {
  ScenarioBuilder build = four_shops();
  build["shop"].start_delay = 1h;
  build.fault(FaultKind::kDeploy, "shop", 10s, 0s);

  const auto test = run(build);

  EXPECT_EQ(up_at(*test, 59), 3U) << "no more than may be unavailable";
}

TEST(RolloutTest, ItsEndStopsItWhereItIs) {
  ScenarioBuilder build = four_shops();
  Fault& deploy = build.fault(FaultKind::kDeploy, "shop", 10s, 7s);
  deploy.surge = {1, 0};
  deploy.unavailable = {0, 0};

  const auto test = run(build);

  EXPECT_EQ(test->events(EventKind::kInstanceUp).size(), 2U)
      << "one was ready, one had begun to start";
}

TEST(RolloutTest, AnAutoscalerChangesHowManyThereWillBe) {
  ScenarioBuilder build = four_shops();
  build.fault(FaultKind::kDeploy, "shop", 10s, 0s);
  build.fault(FaultKind::kScale, "shop", 12s, 0s).instances = 6;

  const auto test = run(build);

  EXPECT_EQ(up_at(*test, 50), 6U);
  ASSERT_EQ(test->events(EventKind::kScaled).size(), 1U);
  EXPECT_TRUE(test->events(EventKind::kScaled)[0].reason.starts_with("4 -> 6"));
}

TEST(RolloutTest, FewerAreWantedWhileItGoesOn) {
  ScenarioBuilder build = four_shops();
  build.fault(FaultKind::kDeploy, "shop", 10s, 0s);
  build.fault(FaultKind::kScale, "shop", 16s, 0s).instances = 2;

  EXPECT_EQ(up_at(*run(build), 50), 2U);
}

TEST(RolloutTest, ASecondOneTakesTheFirstOver) {
  ScenarioBuilder build = four_shops();
  build.fault(FaultKind::kDeploy, "shop", 10s, 0s);
  build.fault(FaultKind::kDeploy, "shop", 16s, 0s);

  const auto test = run(build);

  EXPECT_EQ(up_at(*test, 50), 4U);
  EXPECT_EQ(run(build)->record().fingerprint, test->record().fingerprint);
}

TEST(RolloutTest, AtLeastOneIsReplacedAtATime) {
  Fault deploy;
  deploy.surge = {0, 0};
  EXPECT_EQ(rollout_step(deploy, 3).unavailable, 1U) << "25 % of three, rounded down, is none";
  deploy.surge = RolloutLimit{};
  EXPECT_EQ(rollout_step(deploy, 3).surge, 1U);
  EXPECT_EQ(rollout_step(deploy, 3).unavailable, 0U);
  EXPECT_EQ(rollout_step(deploy, 10).surge, 3U);
  EXPECT_EQ(rollout_step(deploy, 10).unavailable, 2U);
}

}  // namespace
}  // namespace shaketable::engine
