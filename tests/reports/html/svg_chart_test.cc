#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/html/chart.h"

namespace shaketable::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

Chart chart_of(std::vector<std::optional<std::int64_t>> values) {
  Chart chart;
  chart.title = "a chart";
  chart.description = "a chart of values";
  chart.unit = ChartUnit::kTime;
  chart.step_ns = 1'000'000'000;
  chart.end_ns = static_cast<std::int64_t>(values.size()) * chart.step_ns;
  chart.lines.push_back({.name = "line", .values = std::move(values)});
  return chart;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(SvgChartTest, AGapInTheValuesIsAGapInTheLine) {
  const std::string svg = svg_chart(chart_of({1, 2, std::nullopt, 3, 4}), {});

  EXPECT_EQ(count_of(svg, "class=\"s0\" fill=\"none\""), 2U);
}

TEST(SvgChartTest, ALonelyValueIsADot) {
  const std::string svg = svg_chart(chart_of({std::nullopt, 5, std::nullopt}), {});

  EXPECT_EQ(count_of(svg, "<circle"), 1U);
  EXPECT_THAT(svg, Not(HasSubstr("fill=\"none\"")));
}

TEST(SvgChartTest, TheAxisEndsAtARoundValueAboveTheHighest) {
  EXPECT_THAT(svg_chart(chart_of({0, 37}), {}), HasSubstr(">50 us</text>"));
  EXPECT_THAT(svg_chart(chart_of({0, 0}), {}), HasSubstr(">1 us</text>"));
}

TEST(SvgChartTest, AWideSpanOfLatenciesGetsALogarithmicAxisThatSaysSo) {
  EXPECT_THAT(svg_chart(chart_of({1'000, 2'000}), {}), Not(HasSubstr(">log</text>")));
  EXPECT_THAT(svg_chart(chart_of({1'000, 500'000}), {}), HasSubstr(">log</text>"));

  Chart counts = chart_of({1'000, 500'000});
  counts.unit = ChartUnit::kCount;
  EXPECT_THAT(svg_chart(counts, {}), Not(HasSubstr(">log</text>")));
}

TEST(SvgChartTest, AFaultIsABandWithItsName) {
  const std::string svg = svg_chart(
      chart_of({1, 1, 1, 1}), {{.name = "<zone>", .from_ns = 1'000'000'000, .to_ns = INT64_MAX}});

  EXPECT_THAT(svg, HasSubstr("class=\"band\""));
  EXPECT_THAT(svg, HasSubstr(">&lt;zone&gt;</text>"));
  EXPECT_THAT(svg, HasSubstr("role=\"img\" aria-label=\"a chart of values\""));
}

TEST(SvgChartTest, NoValuesAtAllAreStillAChart) {
  EXPECT_THAT(svg_chart(chart_of({}), {}), HasSubstr("</svg>"));
}

TEST(SvgChartTest, APercentageHasItsOwnAxisOnTheRight) {
  Chart chart = chart_of({1, 2});
  EXPECT_THAT(svg_chart(chart, {}), Not(HasSubstr(">100 %</text>")));

  chart.lines.push_back({.name = "busy", .values = {5'000, 10'000}, .on_right = true});

  EXPECT_THAT(svg_chart(chart, {}), HasSubstr(">100 %</text>"));
}

TEST(ThinOutTest, LeavesAloneWhatIsShortEnough) {
  const Thinned thinned = thin_out({1, std::nullopt, 3}, 3);

  EXPECT_EQ(thinned.values, (ChartValues{1, std::nullopt, 3}));
  EXPECT_EQ(thinned.group, 1U);
}

TEST(ThinOutTest, EverySpikeSurvivesInTheOrderInWhichItCame) {
  ChartValues values(1'000, 10);
  values[103] = 500;  // In the first half of its span, a dip behind it.
  values[107] = 1;

  const Thinned thinned = thin_out(values, 100);

  ASSERT_LE(thinned.values.size(), 100U);
  const auto spike = std::find(thinned.values.begin(), thinned.values.end(), 500);
  ASSERT_NE(spike, thinned.values.end());
  EXPECT_EQ(*(spike + 1), 1);
}

TEST(ThinOutTest, ASpanWithoutAnyValueIsAGap) {
  ChartValues values(100);
  values[0] = 5;

  const Thinned thinned = thin_out(values, 10);

  EXPECT_EQ(thinned.values[0], 5);
  EXPECT_EQ(thinned.values[2], std::nullopt);
}

TEST(ThinOutTest, StepOfAChartFollowsItsLines) {
  Chart chart = chart_of(ChartValues(1'200, 7));

  thin_out(chart, 600);

  EXPECT_EQ(chart.lines[0].values.size(), 600U);
  EXPECT_EQ(chart.step_ns, 2'000'000'000);
}

}  // namespace
}  // namespace shaketable::reports
