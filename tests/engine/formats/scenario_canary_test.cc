#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/formats/loader_fixture.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string with_canary(const std::string& canary) {
  return kTwoServices + "load: {users: {rate: 1/s, request: GET /}}\ncanary: " + canary + "\n";
}

TEST(ScenarioCanaryTest, TheDefaultsAreThoseOfTheTools) {
  const CanarySettings canary = scenario_of(with_canary("{}")).canary;

  EXPECT_EQ(canary.interval, 0s);
  EXPECT_EQ(canary.kayenta.pass, 95);
  EXPECT_EQ(canary.kayenta.confidence_ppm, 980'000);
  EXPECT_EQ(canary.flagger.threshold, 5U);
  EXPECT_EQ(canary.flagger.p99, 500ms);
  EXPECT_THAT(canary.flagger.step_weights, IsEmpty());
  EXPECT_EQ(canary.argo.failure_limit, 3U);
  EXPECT_EQ(canary.argo.p99, 0s);
}

TEST(ScenarioCanaryTest, EverySettingIsRead) {
  const CanarySettings canary =
      scenario_of(with_canary("{interval: 30s, "
                              "kayenta: {pass: 90, marginal: 60, confidence: 99%, tolerance: 10%, "
                              "effect_size: 1.5x, weights: {errors: 70}, critical: [errors]}, "
                              "flagger: {threshold: 3, success_rate: 99.5%, p99: 300ms, "
                              "step_weights: [1, 10, 80]}, "
                              "argo: {failure_limit: 0, success_rate: 90%, p99: 1s}}"))
          .canary;

  EXPECT_EQ(canary.interval, 30s);
  EXPECT_EQ(canary.kayenta.pass, 90);
  EXPECT_EQ(canary.kayenta.marginal, 60);
  EXPECT_EQ(canary.kayenta.confidence_ppm, 990'000);
  EXPECT_EQ(canary.kayenta.tolerance_ppm, 100'000);
  EXPECT_EQ(canary.kayenta.effect_ppm, 1'500'000);
  EXPECT_EQ(canary.kayenta.errors_weight, 70);
  EXPECT_EQ(canary.kayenta.latency_weight, 30) << "what errors leave";
  EXPECT_TRUE(canary.kayenta.errors_critical);
  EXPECT_FALSE(canary.kayenta.latency_critical);
  EXPECT_EQ(canary.flagger.threshold, 3U);
  EXPECT_EQ(canary.flagger.success_ppm, 995'000);
  EXPECT_EQ(canary.flagger.p99, 300ms);
  EXPECT_THAT(canary.flagger.step_weights, ElementsAre(1, 10, 80));
  EXPECT_EQ(canary.argo.failure_limit, 0U);
  EXPECT_EQ(canary.argo.success_ppm, 900'000);
  EXPECT_EQ(canary.argo.p99, 1s);
}

TEST(ScenarioCanaryTest, WhatCannotBeIsReportedAtItsPlace) {
  EXPECT_THAT(report_of(with_canary("{kayenta: {pass: 50}}")),
              HasSubstr("marginal only above the one that passes"));
  EXPECT_THAT(report_of(with_canary("{kayenta: {weights: {errors: 50, latency: 60}}}")),
              HasSubstr("do not add up to 100"));
  EXPECT_THAT(report_of(with_canary("{kayenta: {critical: [latencies]}}")), HasSubstr("latency"));
  EXPECT_THAT(report_of(with_canary("{flagger: {max_weight: 5, step_weight: 10}}")),
              HasSubstr("beyond the greatest weight"));
  EXPECT_THAT(report_of(with_canary("{flagger: {step_weights: [10, 10]}}")),
              HasSubstr("does not rise"));
  EXPECT_THAT(report_of(with_canary("{flagger: {step_weights: [10], max_weight: 50}}")),
              HasSubstr("the weights are here twice"));
  EXPECT_THAT(report_of(with_canary("{flagger: {step_weights: []}}")),
              HasSubstr("at least one weight"));
  EXPECT_THAT(report_of(with_canary("{argo: {failureLimit: 3}}")), HasSubstr("failure_limit"));
}

TEST(ScenarioCanaryTest, SettingsWithoutACanaryAreWarnedOf) {
  const std::string without =
      "services: {a: {entry: true, endpoints: {GET /: 1ms}}}\n"
      "load: {users: {rate: 1/s, request: GET /}}\n"
      "canary: {interval: 5s}\n";

  EXPECT_THAT(report_of(without), HasSubstr("no service has a second version"));
  EXPECT_THAT(report_of(with_canary("{interval: 5s}")), Not(HasSubstr("second version")));
}

}  // namespace
}  // namespace shaketable::engine
