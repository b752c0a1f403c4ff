#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// Charts over the time of a run: as a drawing that needs neither script nor style sheet, and as
/// data that the page's script draws again with zoom and cursor.
namespace shaketable::reports {

using ChartValues = std::vector<std::optional<std::int64_t>>;

/// What the values of a chart are; decides axis and words.
enum class ChartUnit : std::uint8_t {
  kRate,     ///< Tenths of one per second.
  kTime,     ///< Microseconds.
  kCount,    ///< Hundredths.
  kPercent,  ///< Hundredths of a percent; the axis ends at 100 % unless values are beyond.
};

/// One line of a chart. Nothing where there is no value: the line has a gap there.
struct ChartLine {
  std::string name;       ///< Raw text.
  ChartValues values;     ///< In equal steps of time, in the chart's unit.
  std::size_t color = 0;  ///< See line_color(); dashes go with it.
  bool filled = false;
  bool on_right = false;  ///< A percentage with an axis of its own (hundredths of a percent).
};

/// A fault: a span over the whole height with its name on top.
struct ChartBand {
  std::string name;  ///< Raw text.
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
};

struct Chart {
  std::string title;        ///< Raw text.
  std::string description;  ///< For screen readers; raw.
  ChartUnit unit = ChartUnit::kCount;
  std::vector<ChartLine> lines;
  std::int64_t step_ns = 1;  ///< Time between two values.
  std::int64_t end_ns = 1;   ///< Right edge of the time axis.
};

/// Values at most `most` of them. What is longer is cut into groups of equal length of which each
/// gives its least and its greatest value, in their order, so that spikes survive; a group without
/// any value is a gap. `step` is how many of the old values one new one stands for, times two (a
/// pair shares its group).
struct Thinned {
  ChartValues values;
  std::size_t group = 1;  ///< Old values in a pair; 1 = nothing was thinned.
};
[[nodiscard]] Thinned thin_out(const ChartValues& values, std::size_t most);

/// Thins all lines of a chart alike, and its step with them.
void thin_out(Chart& chart, std::size_t most);

/// The value as people read it, with its unit: "412/s", "81.2 ms", "3.5", "99.2 %".
[[nodiscard]] std::string format_value(ChartUnit unit, std::int64_t value);

/// The chart as inline SVG: axes, bands, lines told apart by dashes and labels as well as by
/// colour, thinned to what its width can show. Everything is escaped.
[[nodiscard]] std::string svg_chart(const Chart& chart, const std::vector<ChartBand>& bands);

/// A line without axes, for a table cell: `values` from the start of the run to its end, with those
/// of `marked` (parallel, may be empty) drawn above it in the colour of failure.
[[nodiscard]] std::string sparkline(const ChartValues& values, const ChartValues& marked,
                                    const std::string& description);

/// The next of 1, 2, 5, 10, 20 ... that is not below `value`.
[[nodiscard]] std::int64_t nice_above(std::int64_t value);

/// The distance between the ticks of a time axis with about `ticks` of them.
[[nodiscard]] std::int64_t tick_step(std::int64_t end_ns, std::int64_t ticks);

/// A label of a time axis, at (x, y) in tenths of a pixel.
struct TimeTick {
  std::int64_t at_ns = 0;
  std::int64_t step_ns = 0;  ///< From one to the next.
  std::int64_t end_ns = 0;   ///< Of the axis.
  std::int64_t x = 0, y = 0;
};

/// The tick's label in seconds; the first and the last one stay between the ends of the axis.
[[nodiscard]] std::string drawn_tick(const TimeTick& tick);

/// The scenario's faults as bands.
[[nodiscard]] std::vector<ChartBand> bands_of(const engine::Scenario& scenario,
                                              const engine::RunRecord& record);

}  // namespace shaketable::reports
