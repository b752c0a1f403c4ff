#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/record/latency_rows.h"
#include "reports/html/distribution.h"

namespace shaketable::reports {
namespace {

using engine::latency_row_of;
using testing::HasSubstr;
using testing::Not;

engine::RunRecord two_seconds() {
  engine::RunRecord record;
  record.ended = proxy::after(proxy::kStart, std::chrono::seconds(2));
  return record;
}

TEST(HeatMapTest, AShareIsAsDarkAsItIsLarge) {
  engine::Series series;
  series.points.resize(2);
  series.latencies = {{0, latency_row_of(1'000'000), 999}, {0, latency_row_of(900'000'000), 1}};

  const std::string drawing = svg_heat_map(two_seconds(), series, {}, "latencies");

  EXPECT_THAT(drawing, HasSubstr("fill-opacity=\".99\"")) << "nearly all";
  EXPECT_THAT(drawing, HasSubstr("fill-opacity=\".12\"")) << "one of a thousand is still seen";
  EXPECT_THAT(drawing, Not(HasSubstr("fill-opacity=\".60\"")));
}

TEST(HeatMapTest, TheGreatestLatencyOfAllIsDrawnInside) {
  engine::Series series;
  series.points.resize(1);
  series.latencies = {{0, 0, 1}, {0, engine::kLatencyRows - 1, 1}};

  EXPECT_THAT(svg_heat_map(two_seconds(), series, {}, "latencies"), Not(HasSubstr("V-")));
}

}  // namespace
}  // namespace shaketable::reports
