#pragma once

#include <cstddef>
#include <string>

#include "reports/report.h"

namespace shaketable::reports {

struct TextStyle {
  bool color = false;              ///< ANSI colours; never the only bearer of a meaning.
  std::size_t width = 100;         ///< Columns; long names are shortened, sentences are wrapped.
  std::size_t most_services = 40;  ///< Rows of the table; the rest is counted.
};

/// The summary that a person reads on a terminal: the verdict in words, each expectation with what
/// was wanted and got, the golden signals per service, the story, how far each fault spread, how
/// the services recovered, what did not act and why, and how to repeat the run. Ends in a line
/// break; holds no control characters but line breaks and (with `color`) colours.
[[nodiscard]] std::string text_report(const Report& report, const TextStyle& style);

}  // namespace shaketable::reports
