#include "engine/judge/metrics.h"

#include <gtest/gtest.h>

#include "engine/record/windows.h"
#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

// Measures over the whole run unless a window of the builder's expectations is given.
Measurement measured(RecordBuilder& builder, Metric metric, const Subject& subject) {
  const RunRecord record = builder.finish();
  return measure(builder.scenario, record, metric, subject, measured_window(builder.scenario.run));
}

TEST(MetricsTest, AWindowCountsOnlyWhatEndedInIt) {
  RecordBuilder builder({"a"}, 20);
  const Subject a = builder.service_subject("a");
  builder.service("a", {{0, 10, 99, 1, 10ms}, {10, 20, 50, 50, 900ms}})
      .expect(expect_metric(Metric::kErrorRate, a, Comparison::kLess, 1, 0, 10));
  const RunRecord record = builder.finish();

  const Measurement first =
      measure(builder.scenario, record, Metric::kErrorRate, a, seconds_window(0, 10, ""));
  const Measurement all = measure(builder.scenario, record, Metric::kErrorRate, a,
                                  measured_window(builder.scenario.run));

  EXPECT_EQ(first.value, 10'000);
  EXPECT_EQ(first.samples, 1'000U);
  EXPECT_EQ(all.value, 255'000);
}

TEST(MetricsTest, RatesCoverTheTimeInWhichLoadWasSent) {
  RecordBuilder builder({"a"}, 20);
  builder.scenario.run.duration = 10s;
  builder.scenario.run.drain = 10s;
  builder.service("a", {{0, 20, 30, 10, 1ms}});

  EXPECT_EQ(measured(builder, Metric::kRps, builder.service_subject("a")).value, 80'000'000);
  EXPECT_EQ(measured(builder, Metric::kGoodput, builder.service_subject("a")).value, 60'000'000);
}

TEST(MetricsTest, AnInterruptedRunIsDividedByTheTimeItLasted) {
  RecordBuilder builder({"a"}, 20);
  builder.service("a", {{0, 5, 100, 0, 1ms}});
  builder.record.interrupted = true;
  builder.record.ended = proxy::kStart + 5s;

  EXPECT_EQ(measured(builder, Metric::kRps, builder.service_subject("a")).value, 100'000'000);
}

TEST(MetricsTest, SharesAndPercentilesOfNothingAreNotKnownButCountsAreZero) {
  RecordBuilder builder({"a"}, 5);
  const Subject a = builder.service_subject("a");
  builder.service("a", {});

  EXPECT_FALSE(measured(builder, Metric::kSuccessRate, a).known);
  EXPECT_FALSE(measured(builder, Metric::kP99, a).known);
  EXPECT_EQ(measured(builder, Metric::kP99, a).problem, "no request ended in the window");
  EXPECT_TRUE(measured(builder, Metric::kRequests, a).known);
  EXPECT_EQ(measured(builder, Metric::kRps, a).value, 0);
}

TEST(MetricsTest, AWindowThatNobodyRecordedIsNotGuessed) {
  RecordBuilder builder({"a"}, 5);
  builder.service("a", {{0, 5, 1, 0, 1ms}});
  const RunRecord record = builder.finish();

  const Measurement result = measure(builder.scenario, record, Metric::kP50,
                                     builder.service_subject("a"), seconds_window(1, 3, ""));

  EXPECT_FALSE(result.known);
  EXPECT_EQ(result.problem, "the window was not recorded");
}

TEST(MetricsTest, RetriesOfAServiceAreThoseOfAllItsCallers) {
  RecordBuilder builder({"a", "b", "c"}, 10);
  builder.edge("a", "c", {{0, 10, 30, 0, 1ms, 3}}).edge("b", "c", {{0, 10, 10, 0, 1ms, 5}});

  EXPECT_EQ(measured(builder, Metric::kRetryRatio, builder.service_subject("c")).value, 200'000);
  EXPECT_EQ(measured(builder, Metric::kRetryRatio, builder.edge_subject("b", "c")).value, 500'000);
}

TEST(MetricsTest, TheShareOfAVersionIsThatOfItsServicesRequests) {
  RecordBuilder builder({"a"}, 10);
  builder.service("a", {{0, 10, 100, 0, 1ms}}).version("a", "v2", {{0, 10, 12, 0, 1ms}});
  const Subject v2{.kind = Subject::Kind::kVersion, .service = 0, .version = 1};

  EXPECT_EQ(measured(builder, Metric::kShare, v2).value, 120'000);
}

TEST(MetricsTest, GaugesAreAveragedByTimeAndOnlyServicesHaveThem) {
  RecordBuilder builder({"a", "b"}, 10);
  builder.gauges("a", 400'000, 2'500);
  builder.record.gauges[0].points[9].utilisation_ppm = 900'000;
  const RunRecord record = builder.finish();
  const Subject a = builder.service_subject("a");

  // Half of the ninth bucket and the whole tenth: (0.5 * 400,000 + 900,000) / 1.5.
  const Window window{.from = proxy::kStart + 8500ms, .to = proxy::kStart + 10s, .text = "end"};
  EXPECT_EQ(measure(builder.scenario, record, Metric::kUtilisation, a, window).value, 733'333);
  EXPECT_EQ(measure(builder.scenario, record, Metric::kQueue, a, window).value, 2'500'000);
  EXPECT_FALSE(
      measure(builder.scenario, record, Metric::kQueue, builder.service_subject("b"), window)
          .known);
  EXPECT_FALSE(
      measure(builder.scenario, record, Metric::kQueue, builder.edge_subject("a", "b"), window)
          .known);
}

TEST(MetricsTest, AWholeLoadIsTheSumOfItsJourneys) {
  RecordBuilder builder({"a"}, 4);
  RunRecord record = builder.finish();
  for (std::uint32_t journey = 0; journey < 2; ++journey) {
    Series series;
    series.subject = {.kind = Subject::Kind::kJourney, .load = 0, .journey = journey};
    series.windows.resize(1);
    series.windows[0].count = 10;
    series.windows[0].outcomes[static_cast<std::size_t>(Outcome::kTimeout)] = 2 + journey;
    record.series.push_back(std::move(series));
  }

  const Measurement result =
      measure(builder.scenario, record, Metric::kErrorRate,
              {.kind = Subject::Kind::kJourney, .load = 0}, measured_window(builder.scenario.run));

  EXPECT_EQ(result.samples, 20U);
  EXPECT_EQ(result.value, 250'000);
}

TEST(BoundTest, ComparesExactlyAtTheEdge) {
  EXPECT_FALSE(holds({.comparison = Comparison::kLess, .value = 10}, 10));
  EXPECT_TRUE(holds({.comparison = Comparison::kLessEqual, .value = 10}, 10));
  EXPECT_FALSE(holds({.comparison = Comparison::kGreater, .value = 10}, 10));
  EXPECT_TRUE(holds({.comparison = Comparison::kGreaterEqual, .value = 10}, 10));
  const Bound within{.comparison = Comparison::kWithin, .value = 100, .tolerance = 20};
  EXPECT_TRUE(holds(within, 80));
  EXPECT_TRUE(holds(within, 120));
  EXPECT_FALSE(holds(within, 121));
  EXPECT_EQ(margin_of(within, 90), 10);
}

}  // namespace
}  // namespace shaketable::engine
