#pragma once

#include <QString>
#include <array>
#include <cstdint>
#include <vector>

#include "gui/canvas/selection.h"
#include "gui/panels/chart_view.h"
#include "gui/workbench/workbench.h"

namespace shaketable::gui {

/// What can be drawn of the clients, a service or a call.
enum class ChartMetric : std::uint8_t {
  kRate,
  kErrors,    ///< Share of failed requests.
  kTimeouts,  ///< Share that nobody waited for any more.
  kRefused,   ///< Share that a breaker refused, or that found no host.
  kRetries,   ///< Retries per request; calls only.
  kP50,
  kP90,
  kP99,
  kActive,  ///< Requests in flight, in the caller's sidecar that has most; calls with a limit only.
  kPending,      ///< The same of those that wait for a connection.
  kUtilisation,  ///< Services only, as the three below.
  kQueue,
  kInFlight,
  kInstances,
};
inline constexpr std::array kChartMetrics = {
    ChartMetric::kRate,        ChartMetric::kErrors,   ChartMetric::kTimeouts,
    ChartMetric::kRefused,     ChartMetric::kRetries,  ChartMetric::kP50,
    ChartMetric::kP90,         ChartMetric::kP99,      ChartMetric::kActive,
    ChartMetric::kPending,     ChartMetric::kQueue,    ChartMetric::kInFlight,
    ChartMetric::kUtilisation, ChartMetric::kInstances};

[[nodiscard]] QString title_of(ChartMetric metric);
[[nodiscard]] ChartUnit unit_of(ChartMetric metric);
/// Whether the subject has it.
[[nodiscard]] bool is_known(ChartMetric metric, const Selection& subject);
/// "payment", "shop → stock"; "All clients" for nothing.
[[nodiscard]] QString subject_title(const Selection& subject);

/// One value for each bucket of the run; negative where there was nothing to measure. Of a subject
/// that the run does not know all are.
[[nodiscard]] std::vector<double> values_of(const RunEntry& entry, const Selection& subject,
                                            ChartMetric metric);

}  // namespace shaketable::gui
