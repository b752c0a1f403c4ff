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

/// Each instance of the shop can answer 100 requests a second.
ScenarioBuilder shop_with_autoscaler(std::uint64_t per_second) {
  ScenarioBuilder build;
  build.scenario.run.duration = 120s;
  Service& shop = build.service("shop", workers(1, 1'000'000), {work(10ms)}, 2);
  shop.autoscale = Autoscale{.min = 2, .max = 6, .target_ppm = 500'000};
  shop.autoscale->scale_down_stabilization = 30s;
  shop.start_delay = 5s;
  build.poisson("shop", per_second);
  return build;
}

std::vector<std::string> decisions(const TestRun& test) {
  std::vector<std::string> result;
  for (const RunEvent& event : test.events(EventKind::kScaled)) {
    result.push_back(event.reason.substr(0, event.reason.find(':')));
  }
  return result;
}

std::uint32_t up_at(const TestRun& test, std::size_t second) {
  return test.record().gauges.at(0).points.at(second).instances_up;
}

TEST(ScalingTest, MoreInstancesComeWhenThoseThatRunAreBusy) {
  const auto test = run(shop_with_autoscaler(160));

  ASSERT_EQ(decisions(*test), std::vector<std::string>{"2 -> 4"});
  EXPECT_EQ(test->events(EventKind::kScaled)[0].at, at(15s));
  const auto ready = test->events(EventKind::kInstanceUp);
  ASSERT_EQ(ready.size(), 2U);
  EXPECT_EQ(ready[0].at, at(20s)) << "the start delay later";
  EXPECT_EQ(ready[0].instance, 2U);
  EXPECT_EQ(ready[0].reason, "started");
  EXPECT_EQ(up_at(*test, 18), 2U);
  EXPECT_EQ(up_at(*test, 20), 4U);
  EXPECT_NEAR(static_cast<double>(test->record().gauges[0].points[60].utilisation_ppm), 400'000,
              100'000);
}

TEST(ScalingTest, NothingChangesWhileTheyAreAsBusyAsWanted) {
  EXPECT_TRUE(decisions(*run(shop_with_autoscaler(100))).empty());
}

TEST(ScalingTest, InstancesGoWhenTheLoadHasGoneAndLoseNoRequest) {
  ScenarioBuilder build = shop_with_autoscaler(160);
  Fault& calm = build.fault(FaultKind::kLoad, "", 40s, 0s);
  calm.factor_ppm = 200'000;
  calm.target = {};
  build["shop"].termination_grace_period = 10s;

  const auto test = run(build);

  ASSERT_EQ(decisions(*test).front(), "2 -> 4");
  ASSERT_TRUE(decisions(*test).back().ends_with("-> 2"));
  EXPECT_GE(test->events(EventKind::kScaled)[1].at, at(60s))
      << "not before it has wanted fewer for 30 s";
  const Instant left = test->events(EventKind::kScaled).back().at;
  const auto second = static_cast<std::size_t>((left - at(0s)) / 1s);
  EXPECT_EQ(up_at(*test, second), 2U) << "who ends what it has begun counts no more";
  EXPECT_TRUE(test->events(EventKind::kInstanceDown).empty()) << "nobody died";
  EXPECT_EQ(test->answers(Outcome::kConnection), 0U);
}

TEST(ScalingTest, AFaultScalesAServiceAndItsEndScalesItBack) {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  build.service("shop", workers(1), {work(1ms)}, 2).start_delay = 2s;
  build["shop"].termination_grace_period = 3s;
  build.poisson("shop", 50);
  build.fault(FaultKind::kScale, "shop", 10s, 20s).instances = 5;

  const auto test = run(build);

  EXPECT_EQ(decisions(*test), (std::vector<std::string>{"2 -> 5", "5 -> 2"}));
  EXPECT_EQ(up_at(*test, 10), 2U);
  EXPECT_EQ(up_at(*test, 12), 5U);
  EXPECT_EQ(up_at(*test, 29), 5U);
  EXPECT_EQ(up_at(*test, 30), 2U);
  EXPECT_EQ(test->answers(Outcome::kOk), test->record().statistics.requests);
}

TEST(ScalingTest, WhatHasNotStartedGoesFirstAndItsPlaceIsUsedAgain) {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  build.service("shop", workers(1), {work(1ms)}, 1).start_delay = 5s;
  build.fault(FaultKind::kScale, "shop", 10s, 0s).instances = 3;
  build.fault(FaultKind::kScale, "shop", 12s, 0s).instances = 2;
  build.fault(FaultKind::kScale, "shop", 30s, 0s).instances = 3;

  const auto test = run(build);

  const auto ready = test->events(EventKind::kInstanceUp);
  ASSERT_EQ(ready.size(), 2U);
  EXPECT_EQ(ready[0].instance, 1U);
  EXPECT_EQ(ready[0].at, at(15s));
  EXPECT_EQ(ready[1].instance, 2U) << "no fourth one";
  EXPECT_EQ(ready[1].at, at(35s));
}

TEST(ScalingTest, WhoComesLaterIsHitByAFaultOfTheWholeService) {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  build.service("shop", workers(1), {work(1ms)}, 1).start_delay = 1s;
  build.poisson("shop", 100);
  build.fault(FaultKind::kAbort, "shop", 5s, 0s).status = 500;
  build.fault(FaultKind::kScale, "shop", 10s, 0s).instances = 4;

  const auto test = run(build);

  const Series* const shop = find_series(
      test->record(), {.kind = Subject::Kind::kService, .service = build.index("shop")});
  ASSERT_NE(shop, nullptr);
  for (std::size_t second = 6; second < 60; ++second) {
    EXPECT_EQ(shop->points[second].outcomes[static_cast<std::size_t>(Outcome::kOk)], 0U) << second;
  }
}

TEST(ScalingTest, AnInstanceThatWasKilledAndTakenAwayDoesNotComeBack) {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  build.service("shop", workers(1), {work(1ms)}, 2);
  Fault& kill = build.fault(FaultKind::kKill, "shop", 5s, 0s);
  kill.target.instance = 0;
  kill.restart_after = 20s;
  build.fault(FaultKind::kScale, "shop", 10s, 0s).instances = 1;

  const auto test = run(build);

  EXPECT_EQ(up_at(*test, 50), 1U);
  EXPECT_TRUE(test->events(EventKind::kInstanceUp).empty());
}

TEST(ScalingTest, TheSameSeedGivesTheSameRun) {
  ScenarioBuilder build = shop_with_autoscaler(300);
  build.fault(FaultKind::kScale, "shop", 40s, 20s).instances = 6;
  EXPECT_EQ(run(build)->record().fingerprint, run(build)->record().fingerprint);
  EXPECT_EQ(decisions(*run(build)), decisions(*run(build)));
}

}  // namespace
}  // namespace shaketable::engine
