#include "engine/judge/health.h"

#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

Instant at_second(int seconds) { return proxy::kStart + std::chrono::seconds(seconds); }

// One service whose fault begins at 20 s of 60 s.
ServiceHealth health_with(const std::vector<Traffic>& traffic) {
  RecordBuilder builder({"a"}, 60);
  builder.service("a", traffic).fault("f", FaultKind::kDelay, "a", 20, 10);
  return health_of_services(builder.scenario, builder.finish())[0];
}

TEST(HealthTest, WhatIsAsBeforeTheFaultIsHealthy) {
  const ServiceHealth health = health_with({{0, 60, 100, 2, 20ms}});

  EXPECT_TRUE(health.baseline.known);
  EXPECT_EQ(health.baseline.p99, 20'000'000);
  EXPECT_FALSE(health.left());
}

TEST(HealthTest, ErrorsAboveOnePercentForTwoBucketsAreAnEpisode) {
  const ServiceHealth health =
      health_with({{0, 25, 100, 0, 20ms}, {25, 35, 95, 5, 20ms}, {35, 60, 100, 0, 20ms}});

  ASSERT_EQ(health.episodes.size(), 1U);
  EXPECT_EQ(health.episodes[0].from, at_second(25));
  EXPECT_EQ(health.episodes[0].to, at_second(35));
  EXPECT_TRUE(health.episodes[0].by_errors);
  EXPECT_FALSE(health.episodes[0].by_latency);
  EXPECT_EQ(health.episodes[0].worst_error_ppm, 50'000);
}

TEST(HealthTest, AServiceThatAlwaysFailsALittleMayFailThreeTimesAsMuch) {
  const std::vector<Traffic> twice{{0, 20, 95, 5, 20ms}, {20, 60, 90, 10, 20ms}};
  const std::vector<Traffic> four_times{{0, 20, 95, 5, 20ms}, {20, 60, 80, 20, 20ms}};

  EXPECT_FALSE(health_with(twice).left());
  EXPECT_TRUE(health_with(four_times).left());
}

TEST(HealthTest, ASingleBadBucketIsNoEpisode) {
  EXPECT_FALSE(
      health_with({{0, 30, 100, 0, 20ms}, {30, 31, 0, 100, 9s}, {31, 60, 100, 0, 20ms}}).left());
}

TEST(HealthTest, LatencyAboveTwiceTheBaselineIsAnEpisode) {
  const ServiceHealth health = health_with({{0, 22, 100, 0, 20ms}, {22, 60, 100, 0, 41ms}});

  ASSERT_TRUE(health.left());
  EXPECT_TRUE(health.episodes[0].by_latency);
  EXPECT_EQ(health.episodes[0].worst_p99, 41'000'000);
  EXPECT_FALSE(health.is_back());
  EXPECT_EQ(health.episodes[0].to, proxy::kNever);
}

TEST(HealthTest, LessThanAMillisecondMoreIsNotWorthALine) {
  EXPECT_FALSE(health_with({{0, 20, 100, 0, 200us}, {20, 60, 100, 0, 900us}}).left());
}

TEST(HealthTest, AFewRequestsDoNotMakeAnEpisode) {
  EXPECT_FALSE(
      health_with({{0, 20, 2, 0, 20ms}, {20, 22, 1, 1, 20ms}, {22, 60, 2, 0, 20ms}}).left());
}

TEST(HealthTest, SecondsWithoutRequestsDecideNothing) {
  const ServiceHealth health =
      health_with({{0, 20, 100, 0, 20ms}, {20, 25, 0, 100, 20ms}, {40, 60, 100, 0, 20ms}});

  ASSERT_EQ(health.episodes.size(), 1U);
  EXPECT_EQ(health.episodes[0].to, at_second(40));
}

// The service of `health_with`, with so many requests inside before and from 20 s to 40 s.
ServiceHealth health_inside(std::uint64_t before, std::uint64_t during,
                            const std::vector<Traffic>& traffic) {
  RecordBuilder builder({"a"}, 60);
  builder.service("a", traffic).gauges("a", 0).fault("f", FaultKind::kBlackhole, "a", 20, 20);
  RunRecord record = builder.finish();
  for (std::size_t i = 0; i < record.gauges[0].points.size(); ++i) {
    record.gauges[0].points[i].in_flight_milli = 1'000 * (i >= 20 && i < 40 ? during : before);
  }
  return health_of_services(builder.scenario, record)[0];
}

TEST(HealthTest, AServiceThatTakesRequestsAndGivesNoAnswersHasLeftItsNormalState) {
  const ServiceHealth health =
      health_inside(2, 16, {{0, 20, 100, 0, 20ms}, {40, 60, 100, 0, 20ms}});

  ASSERT_EQ(health.episodes.size(), 1U);
  EXPECT_TRUE(health.episodes[0].by_stall);
  EXPECT_EQ(health.episodes[0].worst_inside_milli, 16'000U);
  EXPECT_EQ(health.episodes[0].from, at_second(20));
  EXPECT_EQ(health.episodes[0].to, at_second(40));
}

TEST(HealthTest, AServiceThatNobodyAsksIsNotStalled) {
  EXPECT_FALSE(health_inside(2, 0, {{0, 20, 100, 0, 20ms}, {40, 60, 100, 0, 20ms}}).left());
}

TEST(HealthTest, SomeAnswersOfAFullServiceAreNoStall) {
  EXPECT_FALSE(health_inside(2, 16, {{0, 60, 100, 0, 20ms}}).left());
}

TEST(HealthTest, RareRequestsThatTakeLongAreNoStall) {
  EXPECT_FALSE(health_inside(2, 16, {{0, 20, 5, 0, 20ms}, {40, 60, 5, 0, 20ms}}).left());
}

TEST(HealthTest, OneGoodSecondIsNotRecoveryUnlessItIsTheLast) {
  const ServiceHealth flapping = health_with({{0, 20, 100, 0, 20ms},
                                              {20, 30, 50, 50, 20ms},
                                              {30, 31, 100, 0, 20ms},
                                              {31, 60, 50, 50, 20ms}});
  const ServiceHealth at_last =
      health_with({{0, 20, 100, 0, 20ms}, {20, 59, 50, 50, 20ms}, {59, 60, 100, 0, 20ms}});

  EXPECT_EQ(flapping.episodes.size(), 1U);
  EXPECT_FALSE(flapping.is_back());
  EXPECT_TRUE(at_last.is_back());
}

TEST(HealthTest, ADeadServiceIsSeenThroughItsCallers) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.service("b", {{0, 20, 100, 0, 5ms}})
      .edge("a", "b", {{0, 20, 100, 0, 6ms}, {20, 60, 0, 100, 1ms}})
      .fault("f", FaultKind::kKill, "b", 20, 0);

  const auto health = health_of_services(builder.scenario, builder.finish());

  EXPECT_TRUE(health[1].left());
  EXPECT_FALSE(health[0].left());
}

TEST(HealthTest, ASlowCallerDoesNotMakeItsCalleeLookSlow) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.service("b", {{0, 60, 100, 0, 5ms}})
      .edge("a", "b", {{0, 20, 100, 0, 6ms}, {20, 60, 100, 0, 600ms}})
      .fault("f", FaultKind::kSlow, "a", 20, 0);

  EXPECT_FALSE(health_of_services(builder.scenario, builder.finish())[1].left());
}

TEST(HealthTest, WithoutFaultsTheFirstFifthIsTheBaseline) {
  RecordBuilder builder({"a"}, 60);
  builder.scenario.run.warm_up = 10s;
  builder.service("a", {{0, 10, 10, 90, 5s}, {10, 20, 100, 0, 20ms}, {20, 60, 100, 0, 200ms}});

  const ServiceHealth health = health_of_services(builder.scenario, builder.finish())[0];

  EXPECT_EQ(health.baseline.p99, 20'000'000);
  ASSERT_TRUE(health.left());
  EXPECT_EQ(health.episodes[0].from, at_second(20));
}

TEST(HealthTest, WithoutABaselineOnlyErrorsCount) {
  RecordBuilder builder({"a"}, 30);
  builder.service("a", {{0, 15, 100, 0, 9s}, {15, 30, 50, 50, 9s}})
      .fault("f", FaultKind::kDelay, "a", 0, 0);

  const ServiceHealth health = health_of_services(builder.scenario, builder.finish())[0];

  EXPECT_FALSE(health.baseline.known);
  ASSERT_EQ(health.episodes.size(), 1U);
  EXPECT_EQ(health.episodes[0].from, at_second(15));
}

}  // namespace
}  // namespace shaketable::engine
