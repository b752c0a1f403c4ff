#include "engine/judge/canary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/judge/canary_split.h"
#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// 90 % to v1, 10 % to v2, which fails half of its requests from 20 on.
RecordBuilder canary_run(bool bad) {
  RecordBuilder builder({"a"}, 100);
  builder.service("a", {{0, 100, 100, 0, 10ms}}).version("a", "v1", {{0, 100, 90, 0, 10ms}});
  if (bad) {
    builder.version("a", "v2", {{0, 20, 10, 0, 10ms}, {20, 100, 5, 5, 10ms}});
  } else {
    builder.version("a", "v2", {{0, 100, 10, 0, 10ms}});
  }
  DestinationPolicy policy{.service = 0};
  for (Version& version : builder.scenario.mesh.services[0].versions) {
    version.labels = {{"version", version.name}};
    policy.subsets.push_back({.name = version.name, .labels = version.labels});
  }
  RouteRule rule;
  rule.destinations = {{.service = 0, .subset = "v1", .weight = 90},
                       {.service = 0, .subset = "v2", .weight = 10}};
  policy.rules = {rule};
  builder.scenario.mesh.policies = {policy};
  return builder;
}

std::vector<CanaryAnalysis> canaries_of(RecordBuilder& builder) {
  const RunRecord record = builder.finish();
  return find_canaries(builder.scenario, record);
}

TEST(CanaryTest, AServiceWithOneVersionIsNoCanary) {
  RecordBuilder builder({"a"}, 30);
  builder.service("a", {{0, 30, 100, 0, 10ms}}).version("a", "v1", {{0, 30, 100, 0, 10ms}});

  EXPECT_THAT(canaries_of(builder), IsEmpty());
}

TEST(CanaryTest, TheWantedSplitStandsBesideTheRealOne) {
  RecordBuilder builder = canary_run(false);

  const std::vector<CanaryAnalysis> canaries = canaries_of(builder);

  ASSERT_THAT(canaries, SizeIs(1));
  ASSERT_THAT(canaries[0].split, SizeIs(1));
  const SplitSpan& split = canaries[0].split[0];
  EXPECT_THAT(split.wanted_ppm, ElementsAre(900'000, 100'000));
  EXPECT_THAT(split.requests, ElementsAre(9'000U, 1'000U));
  EXPECT_EQ(split.share_ppm[1].value, 100'000);
  EXPECT_LT(split.share_ppm[1].low, 100'000);
  EXPECT_GT(split.share_ppm[1].high, 100'000);
  EXPECT_EQ(canaries[0].baseline, 0U);
}

TEST(CanaryTest, AGoodVersionPassesWithAllJudges) {
  RecordBuilder builder = canary_run(false);

  const CanaryAnalysis canary = canaries_of(builder)[0];

  ASSERT_THAT(canary.opinions, SizeIs(3));
  for (const CanaryOpinion& opinion : canary.opinions) {
    EXPECT_TRUE(opinion.passed) << opinion.text;
  }
}

TEST(CanaryTest, ABadVersionFailsWithAllJudgesAndSaysWhen) {
  RecordBuilder builder = canary_run(true);

  const CanaryAnalysis canary = canaries_of(builder)[0];

  ASSERT_THAT(canary.opinions, SizeIs(3));
  EXPECT_EQ(canary.opinions[0].judge, CanaryJudge::kKayenta);
  EXPECT_EQ(canary.opinions[0].score_ppm, 50'000'000) << "errors High, latency Pass";
  EXPECT_FALSE(canary.opinions[0].passed);
  EXPECT_EQ(canary.opinions[1].decided, proxy::kStart + 70s) << "the fifth failed check";
  EXPECT_EQ(canary.opinions[2].decided, proxy::kStart + 60s) << "the fourth: one over the limit";
  EXPECT_EQ(canary.failed, 400U);
}

TEST(CanaryTest, TheJudgesAskForWhatTheScenarioSays) {
  RecordBuilder builder = canary_run(true);
  CanarySettings& asked = builder.scenario.canary;
  asked.interval = 5s;
  asked.kayenta.errors_weight = 20;
  asked.kayenta.latency_weight = 80;
  asked.kayenta.pass = 80;
  asked.flagger.threshold = 2;
  asked.argo.failure_limit = 0;

  const CanaryAnalysis canary = canaries_of(builder)[0];

  ASSERT_THAT(canary.opinions, SizeIs(3));
  EXPECT_EQ(canary.opinions[0].score_ppm, 80'000'000);
  EXPECT_TRUE(canary.opinions[0].passed);
  EXPECT_EQ(canary.opinions[1].decided, proxy::kStart + 30s) << "two checks of 5 s from 20 on";
  EXPECT_EQ(canary.opinions[2].decided, proxy::kStart + 25s);
}

TEST(CanaryTest, ACriticalMetricThatFailsLeavesNoScore) {
  RecordBuilder builder = canary_run(true);
  builder.scenario.canary.kayenta.errors_critical = true;

  EXPECT_EQ(canaries_of(builder)[0].opinions[0].score_ppm, 0);
}

TEST(CanaryTest, AFirmEffectSizeForgivesASmallOne) {
  RecordBuilder builder = canary_run(true);
  builder.scenario.canary.kayenta.confidence_ppm = 999'000;
  EXPECT_FALSE(canaries_of(builder)[0].opinions[0].passed);

  RecordBuilder slower({"a"}, 100);
  slower.service("a", {{0, 100, 100, 0, 10ms}})
      .version("a", "v1", {{0, 100, 90, 0, 10ms}})
      .version("a", "v2", {{0, 100, 10, 0, 15ms}});
  EXPECT_FALSE(canaries_of(slower)[0].opinions[0].passed);
  slower.scenario.canary.kayenta.effect_ppm = 2'000'000;
  EXPECT_TRUE(canaries_of(slower)[0].opinions[0].passed);
}

TEST(CanaryTest, ArgoLooksAtLatencyWhenAsked) {
  RecordBuilder builder = canary_run(false);
  builder.scenario.canary.argo.p99 = 1ms;

  EXPECT_FALSE(canaries_of(builder)[0].opinions[2].passed);
}

TEST(CanaryTest, FlaggerSaysWhenItWouldPromote) {
  RecordBuilder builder = canary_run(false);
  builder.scenario.canary.flagger.step_weights = {1, 10, 50};

  const CanaryOpinion flagger = canaries_of(builder)[0].opinions[1];

  EXPECT_TRUE(flagger.passed);
  EXPECT_EQ(flagger.promoted, proxy::kStart + 30s) << flagger.text;
}

TEST(CanaryTest, APushThatTakesTheLastWeightIsTheRollBack) {
  RecordBuilder builder = canary_run(true);
  Fault push;
  push.name = "roll-back";
  push.kind = FaultKind::kConfigPush;
  push.at = proxy::kStart + 50s;
  push.time = Distribution::constant(1s);
  push.policies = builder.scenario.mesh.policies;
  push.policies[0].rules[0].destinations.resize(1);
  builder.scenario.faults.push_back(push);

  const CanaryAnalysis canary = canaries_of(builder)[0];

  EXPECT_EQ(canary.rolled_back, proxy::kStart + 51s);
  ASSERT_THAT(canary.split, SizeIs(2));
  EXPECT_THAT(canary.split[1].wanted_ppm, ElementsAre(1'000'000, 0));
}

TEST(CanaryTest, APushAfterWhichSidecarsAnswerThemselvesWantsNothingOfAnyVersionAndIsNoRollBack) {
  RecordBuilder builder = canary_run(false);
  Fault push;
  push.name = "slip";
  push.kind = FaultKind::kConfigPush;
  push.at = proxy::kStart + 50s;
  push.policies = builder.scenario.mesh.policies;
  RouteRule& rule = push.policies[0].rules[0];
  rule.destinations.clear();
  rule.route.action = proxy::Route::Action::kDirectResponse;
  rule.route.direct_response = proxy::DirectResponse{.status = 404, .body = {}};
  builder.scenario.faults.push_back(push);

  const CanaryAnalysis canary = canaries_of(builder)[0];

  ASSERT_THAT(canary.split, SizeIs(2));
  EXPECT_THAT(canary.split[1].wanted_ppm, ElementsAre(0, 0)) << "not: by hosts";
  EXPECT_EQ(canary.rolled_back, proxy::kNever);
}

TEST(CanaryTest, WithoutWeightsTheSplitIsThatOfTheHosts) {
  RecordBuilder builder = canary_run(false);
  builder.scenario.mesh.policies.clear();

  const CanaryAnalysis canary = canaries_of(builder)[0];

  EXPECT_THAT(canary.split[0].wanted_ppm, IsEmpty());
  EXPECT_EQ(canary.baseline, 0U) << "the one with the most requests";
}

}  // namespace
}  // namespace shaketable::engine
