#pragma once

#include <cstdint>
#include <string>

#include "reports/html/chart.h"

namespace shaketable::reports {

/// A chart as JSON for the page's script: `{"t": title, "u": unit, "s": step in ns, "l": [[name,
/// color, flags, values], ...]}`. Values are integers of the chart's unit, `null` where there is
/// none; runs of at least four equal values are `[value, times]`.
[[nodiscard]] std::string data_of(const Chart& chart);

/// Values in that form.
[[nodiscard]] std::string data_of(const ChartValues& values);

/// What an outcome is called in charts and tables: "server error", "timeout".
[[nodiscard]] const char* outcome_words(std::size_t outcome);

}  // namespace shaketable::reports
