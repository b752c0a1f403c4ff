#pragma once

#include <string>
#include <vector>

#include "reports/report.h"

/// A run as tables. Numbers are integers whose unit ends the column's name, as in the JSON result;
/// what does not exist is an empty cell.
namespace shaketable::reports {

struct CsvFile {
  std::string name;  ///< "series.csv"
  std::string content;
};

/// CSV as RFC 4180 has it, with CRLF: series.csv (each bucket of each subject), services.csv and
/// edges.csv (the measured run), events.csv, spans.csv (of the traces that were kept). A text that
/// a spreadsheet would take for a formula gets an apostrophe in front.
[[nodiscard]] std::vector<CsvFile> csv_tables(const Report& report);

/// A cell, quoted where it has to be. NUL and control characters become visible escapes.
[[nodiscard]] std::string csv_cell(const std::string& text);

}  // namespace shaketable::reports
