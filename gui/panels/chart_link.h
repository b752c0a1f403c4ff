#pragma once

#include <vector>

#include "gui/panels/chart_view.h"
#include "gui/workbench/workbench.h"

namespace shaketable::gui {

/// Lets a chart follow the moment, the cursor and the moments A and B of the window, and change
/// them. Call it once for each chart.
void link(ChartView& chart, Workbench& workbench);

/// The spans of a scenario's faults up to `end`.
[[nodiscard]] std::vector<ChartBand> fault_bands(const engine::Scenario& scenario,
                                                 engine::Instant end);
/// Those of the run that is shown, or of the scenario when nothing has run.
[[nodiscard]] std::vector<ChartBand> fault_bands(const Workbench& workbench);

}  // namespace shaketable::gui
