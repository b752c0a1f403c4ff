#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/html/page.h"

namespace shaketable::reports {

/// A stretch of a lane.
struct DrawnSpan {
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  Tone tone = Tone::kFailing;
  std::string words;  ///< Raw: shown inside when there is room, and always on hover.
};

/// One row on the time axis: what something was, and when.
struct DrawnLane {
  std::string name;  ///< Raw.
  std::vector<DrawnSpan> spans;
  engine::ServiceIndex service = engine::kNone;  ///< For the link; kNone = none.
  /// Instead of spans: values as a strip of bars, `top` the highest of them.
  ChartValues values;
  std::int64_t top = 1;
  std::string unit_words;  ///< Of the strip: "at most 120 waiting".
  std::size_t color = 0;   ///< Of the strip.
};

/// Rows of one kind under a common heading.
struct LaneGroup {
  std::string title;
  std::vector<DrawnLane> lanes;
};

/// The rows as one drawing with a common time axis and the faults behind all of them.
[[nodiscard]] std::string svg_lanes(const Page& page, const std::vector<LaneGroup>& groups);

}  // namespace shaketable::reports
