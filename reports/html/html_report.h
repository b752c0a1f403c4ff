#pragma once

#include <cstddef>
#include <string>

#include "reports/report.h"

namespace shaketable::reports {

/// Choices about a page.
struct HtmlOptions {
  /// A page stays below so many bytes: what has less to tell is left to tables, time series become
  /// coarser, whole sections are given up at last, and the page says what was left out.
  std::size_t most_bytes = kMostBytes;

  static constexpr std::size_t kMostBytes = 2'000'000;
  /// No page can be promised to stay below less.
  static constexpr std::size_t kLeastBytes = 250'000;
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
