#pragma once

#include <cstddef>
#include <string>

#include "reports/report.h"

namespace shaketable::reports {

/// Choices about a page.
struct HtmlOptions {
  /// A page stays below so many bytes: what has less to tell is left to tables, time series become
  /// coarser, and the page says what was left out. A page cannot go below about 150 kB.
  std::size_t most_bytes = 2'000'000;
  /// Where the run was made, for the page's block on repeating it; raw, empty = not said.
  std::string host;
};

/// A run as one self-contained page: no remote address, and a Content-Security-Policy that allows
/// its own style sheet and scripts alone.
///
/// Every fact is in HTML tables and SVG with presentation attributes, so that the page can be read
/// where scripts and style sheets are forbidden; the scripts add zoom, a cursor over all charts,
/// the replay, sorting, filtering and downloads. Light and dark follow the reader's system; states
/// are told by glyph, word and border as well as by colour. All names are escaped. Pure: equal
/// reports and options give equal bytes.
[[nodiscard]] std::string write_html(const Report& report, const HtmlOptions& options = {});

}  // namespace shaketable::reports
