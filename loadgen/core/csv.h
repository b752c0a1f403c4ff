#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"

namespace shaketable::loadgen {

struct CsvLimits {
  std::size_t max_rows = 1'000'000;
  std::size_t max_columns = 1'000;
};

/// The rows of a CSV text (RFC 4180): fields with the separator, line breaks or quotes in them are
/// in quotes, a quote in them is doubled. A byte order mark, CRLF and blank lines are nothing. All
/// rows must be as long as the first one; the mistake's `where` is "line N".
[[nodiscard]] proxy::Result<std::vector<std::vector<std::string>>> parse_csv(
    std::string_view text, char separator = ',', const CsvLimits& limits = {});

}  // namespace shaketable::loadgen
