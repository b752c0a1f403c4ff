#include "engine/judge/judge.h"

#include <gtest/gtest.h>

#include "tests/support/shop_run.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

Verdict verdict_of(RecordBuilder& builder) { return judge(builder.scenario, builder.finish()); }

TEST(JudgeTest, SaysInOneLineHowItWent) {
  RecordBuilder shop = shop_run();

  const Verdict verdict = verdict_of(shop);

  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.headline,
            "FAILED: 1 of 6 expectations did not hold, 1 could not be measured, 1 known failure");
}

TEST(JudgeTest, ARunWithoutExpectationsPassesAndSaysSo) {
  RecordBuilder builder({"a"}, 5);

  const Verdict verdict = verdict_of(builder);

  EXPECT_TRUE(verdict.passed);
  EXPECT_EQ(verdict.headline, "PASSED: nothing was expected");
}

TEST(JudgeTest, KnownFailuresDoNotFailTheRunButAreNamed) {
  RecordBuilder builder({"a"}, 5);
  const Subject a = builder.service_subject("a");
  builder.service("a", {{0, 5, 1, 0, 1ms}})
      .expect(expect_metric(Metric::kRequests, a, Comparison::kGreater, 1))
      .expect(expect_metric(Metric::kRequests, a, Comparison::kGreater, 100));
  builder.scenario.expectations[1].expected_to_fail = true;

  const Verdict verdict = verdict_of(builder);

  EXPECT_TRUE(verdict.passed);
  EXPECT_EQ(verdict.headline, "PASSED: 1 of 2 expectations held, 1 known failure");
}

TEST(JudgeTest, GoldenSignalsComeFromTheCalleeAndRetriesFromTheCallers) {
  RecordBuilder shop = shop_run();

  const Verdict verdict = verdict_of(shop);
  const GoldenSignals& payment = verdict.signals[shop.index_of("payment")];

  EXPECT_EQ(payment.requests, 2'200U);
  EXPECT_EQ(payment.errors, 240U);
  EXPECT_EQ(payment.rate, 20'000'000);
  EXPECT_EQ(payment.retries, 420U);
  EXPECT_EQ(payment.utilisation_ppm, 875'000);
  EXPECT_EQ(payment.worst, ServiceState::kFailing);
  EXPECT_EQ(verdict.signals[shop.index_of("catalog")].worst, ServiceState::kHealthy);
}

TEST(JudgeTest, AServiceWithoutInstancesWasDownAndOneWithoutRequestsHasNoData) {
  RecordBuilder builder({"a", "b"}, 5);
  builder.gauges("a", 0, 0, 0);

  const Verdict verdict = verdict_of(builder);

  EXPECT_EQ(verdict.signals[0].worst, ServiceState::kDown);
  EXPECT_EQ(verdict.signals[1].worst, ServiceState::kNoData);
}

TEST(JudgeTest, SpreadNamesTheServicesInTheOrderInWhichTheyLeft) {
  RecordBuilder shop = shop_run();

  const Verdict verdict = verdict_of(shop);

  ASSERT_EQ(verdict.spread.size(), 1U);
  ASSERT_EQ(verdict.spread[0].services.size(), 3U);
  EXPECT_EQ(verdict.spread[0].services[0].service, shop.index_of("payment"));
  EXPECT_EQ(verdict.spread[0].services[1].service, shop.index_of("gateway"));
  EXPECT_EQ(verdict.spread[0].services[2].service, shop.index_of("erp"));
}

TEST(JudgeTest, AnInterruptedRunIsPartial) {
  RecordBuilder shop = shop_run();
  shop.record.interrupted = true;
  shop.record.ended = proxy::kStart + 30s;

  const Verdict verdict = verdict_of(shop);

  EXPECT_TRUE(verdict.partial);
  EXPECT_GT(verdict.not_measurable, 1U);
}

}  // namespace
}  // namespace shaketable::engine
