#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shaketable::reports {

/// One line of a chart. Nothing where there is no value: the line has a gap there.
struct ChartLine {
  std::string name;                                 ///< Raw text.
  std::vector<std::optional<std::int64_t>> values;  ///< In equal steps of time.
  std::string css_class;                            ///< "healthy": gives s- and f- classes.
  std::string color;                                ///< For pages without a style sheet.
  std::string dashes;                               ///< "" or an SVG dash pattern.
  bool filled = false;
};

/// A fault: a span over the whole height with its name on top.
struct ChartBand {
  std::string name;  ///< Raw text.
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
};

struct Chart {
  std::string title;  ///< Raw text; also the description for screen readers.
  std::vector<ChartLine> lines;
  std::vector<ChartBand> bands;
  std::int64_t step_ns = 1;         ///< Time between two values.
  std::int64_t end_ns = 1;          ///< Right edge of the time axis.
  bool may_be_logarithmic = false;  ///< Uses a log scale when the values span more than 20x.
  std::string (*format)(std::int64_t) = nullptr;  ///< Of a value, for the axis.
};

/// The chart as inline SVG: axes, bands, lines told apart by dashes and labels as well as by
/// colour. No script, no style attribute. Everything is escaped.
[[nodiscard]] std::string svg_chart(const Chart& chart);

}  // namespace shaketable::reports
