#pragma once

#include <cstddef>
#include <string>

#include "reports/report.h"

namespace shaketable::reports {

/// What a page shows in full; the rest is in tables, and the page says so. The defaults keep a page
/// of 1,000 services below 2 MB.
struct HtmlLimits {
  std::size_t drawn_services = 48;    ///< In the topology.
  std::size_t charted_services = 24;  ///< With charts; up to `all_charted` all of them.
  std::size_t all_charted = 32;
  std::size_t edges = 300;  ///< Rows of the table of calls.
};

/// One self-contained page: no script, no remote address, a Content-Security-Policy that forbids
/// both. Every fact is in HTML tables and SVG with presentation attributes, so that the page can be
/// read without its style sheet; light and dark follow the reader's system; states are told by
/// glyph, word and border as well as by colour. All names are escaped.
[[nodiscard]] std::string html_report(const Report& report, const HtmlLimits& limits = {});

}  // namespace shaketable::reports
