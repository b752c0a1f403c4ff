#include "reports/html/svg_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/judge/units.h"

namespace shaketable::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string format(std::int64_t value) { return std::to_string(value); }

Chart chart_of(std::vector<std::optional<std::int64_t>> values) {
  Chart chart;
  chart.title = "a chart";
  chart.step_ns = 1'000'000'000;
  chart.end_ns = static_cast<std::int64_t>(values.size()) * chart.step_ns;
  chart.format = format;
  chart.lines.push_back(
      {.name = "line", .values = std::move(values), .css_class = "healthy", .color = "#0b6fb8"});
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
  const std::string svg = svg_chart(chart_of({1, 2, std::nullopt, 3, 4}));

  EXPECT_EQ(count_of(svg, "<polyline"), 2U);
}

TEST(SvgChartTest, ALonelyValueIsADot) {
  const std::string svg = svg_chart(chart_of({std::nullopt, 5, std::nullopt}));

  EXPECT_EQ(count_of(svg, "<circle"), 1U);
  EXPECT_THAT(svg, Not(HasSubstr("<polyline")));
}

TEST(SvgChartTest, TheAxisEndsAtARoundValueAboveTheHighest) {
  EXPECT_THAT(svg_chart(chart_of({0, 37})), HasSubstr(">50</text>"));
  EXPECT_THAT(svg_chart(chart_of({0, 0})), HasSubstr(">1</text>"));
}

TEST(SvgChartTest, AWideSpanOfLatenciesGetsALogarithmicAxisThatSaysSo) {
  Chart chart = chart_of({1'000, 500'000});
  EXPECT_THAT(svg_chart(chart), Not(HasSubstr("log scale")));

  chart.may_be_logarithmic = true;
  EXPECT_THAT(svg_chart(chart), HasSubstr("log scale"));
}

TEST(SvgChartTest, AFaultIsABandWithItsName) {
  Chart chart = chart_of({1, 1, 1, 1});
  chart.bands.push_back({.name = "<zone>", .from_ns = 1'000'000'000, .to_ns = INT64_MAX});

  const std::string svg = svg_chart(chart);

  EXPECT_THAT(svg, HasSubstr("class=\"band\""));
  EXPECT_THAT(svg, HasSubstr(">&lt;zone&gt;</text>"));
  EXPECT_THAT(svg, HasSubstr("role=\"img\" aria-label=\"a chart\""));
}

TEST(SvgChartTest, NoValuesAtAllAreStillAChart) {
  EXPECT_THAT(svg_chart(chart_of({})), HasSubstr("</svg>"));
}

}  // namespace
}  // namespace shaketable::reports
