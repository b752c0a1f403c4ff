#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/report.h"

/// Pieces of the HTML page. Each returns finished markup with everything escaped.
namespace shaketable::reports {

/// The page's only style sheet.
[[nodiscard]] const std::string& html_style();

/// "● healthy": glyph and word of a state, coloured on top.
[[nodiscard]] std::string html_state(engine::ServiceState state);
/// The same for an expectation.
[[nodiscard]] std::string html_state(engine::ExpectationState state);

/// CSS class of a state: "healthy", "degraded", "failing", "down", "nodata".
[[nodiscard]] const char* html_class(engine::ServiceState state);
/// The state's colour on a white page, for presentation attributes.
[[nodiscard]] const char* html_color(engine::ServiceState state);

/// Calls between services as a layered drawing, at most `most_services` of them; the caption says
/// what was left out.
[[nodiscard]] std::string html_topology(const Report& report, std::size_t most_services);

/// Two charts of one service (rate with errors, latency) with the faults as bands, and their
/// figures as a table.
[[nodiscard]] std::string html_service_charts(const Report& report, engine::ServiceIndex service);

/// A table. `numbers_from` is the first column that is aligned to the right; `cells` are markup,
/// the first of each row becomes its head.
struct HtmlTable {
  std::string caption;
  std::vector<std::string> heads;
  std::vector<std::vector<std::string>> rows;
  std::size_t numbers_from = 1;
  std::size_t numbers_to = 1;  ///< One behind the last such column.
};
[[nodiscard]] std::string html_table(const HtmlTable& table);

}  // namespace shaketable::reports
