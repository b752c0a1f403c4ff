#include "engine/record/windows.h"

#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr Instant kAt(int seconds) { return proxy::kStart + std::chrono::seconds(seconds); }

TEST(WindowsTest, TheMeasuredRunLeavesTheWarmUpOutAndKeepsTheDrain) {
  const RunSpec run{.duration = 60s, .warm_up = 10s, .drain = 5s};

  const Window window = measured_window(run);

  EXPECT_EQ(window.from, kAt(10));
  EXPECT_EQ(window.to, kAt(65));
}

TEST(WindowsTest, AWarmUpLongerThanTheRunMeasuresNothing) {
  const Window window = measured_window({.duration = 60s, .warm_up = 90s});

  EXPECT_EQ(window.from, window.to);
}

TEST(WindowsTest, AnUnwrittenWindowIsTheMeasuredRun) {
  const Window window = resolve({}, {.duration = 60s, .warm_up = 10s});

  EXPECT_EQ(window.from, kAt(10));
  EXPECT_EQ(window.to, kAt(60));
}

TEST(WindowsTest, AWrittenWindowKeepsItsEdgesWithinTheRun) {
  const RunSpec run{.duration = 60s, .warm_up = 10s};

  EXPECT_EQ(resolve(seconds_window(0, 5, "first 5s"), run).from, kAt(0));
  EXPECT_EQ(resolve(seconds_window(50, 90, "to 90s"), run).to, kAt(60));
  EXPECT_EQ(resolve(seconds_window(70, -1, "from 70s"), run).from, kAt(60));
}

TEST(WindowsTest, EqualWindowsAreRecordedOnce) {
  RecordBuilder builder({"a"}, 60);
  const Subject a = builder.service_subject("a");
  builder.expect(expect_metric(Metric::kP50, a, Comparison::kLess, 1, 10, 20))
      .expect(expect_metric(Metric::kP99, a, Comparison::kLess, 1, 10, 20))
      .expect(expect_metric(Metric::kP99, a, Comparison::kLess, 1));

  const std::vector<Window> windows = windows_of(builder.scenario);

  ASSERT_EQ(windows.size(), 2U);
  EXPECT_EQ(windows[0].to, kAt(60)) << "the measured run comes first";
  EXPECT_EQ(windows[1].from, kAt(10));
  EXPECT_EQ(window_index(windows, seconds_window(10, 20, "another text")), 1U);
  EXPECT_EQ(window_index(windows, seconds_window(10, 21, "")), 2U);
}

TEST(FindSeriesTest, ComparesOnlyThePartsThatTheKindUses) {
  RecordBuilder builder({"a", "b"}, 2);
  builder.edge("a", "b", {{0, 2, 1, 0, 1ms}}).service("b", {{0, 2, 1, 0, 1ms}});
  const RunRecord record = builder.finish();
  Subject edge = builder.edge_subject("a", "b");
  edge.text = "as written";

  EXPECT_EQ(find_series(record, edge), &record.series[0]);
  EXPECT_EQ(find_series(record, builder.service_subject("b")), &record.series[1]);
  EXPECT_EQ(find_series(record, builder.edge_subject("b", "a")), nullptr);
}

}  // namespace
}  // namespace shaketable::engine
