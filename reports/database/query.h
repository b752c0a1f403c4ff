#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "proxy/base/result.h"

namespace shaketable::reports {

struct QueryLimits {
  std::uint64_t most_rows = 10'000;
  std::function<bool()> is_late;  ///< Asked now and then; true stops the statement. May be empty.
};

/// The answer of a statement. Cells are texts; `is_number` says which may stand without quotes in
/// JSON, and `is_null` which are null.
struct QueryTable {
  struct Cell {
    std::string text;
    bool is_number = false;
    bool is_null = false;
  };
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
  bool is_cut = false;  ///< There were more rows than `most_rows`.
};

/// Asks a record that `run_database` made. The file is opened read-only and is not trusted: what is
/// no such record, or of another version, is refused; the statement can do nothing but select.
/// Errors: the file (with what was expected), the statement (with SQLite's words), too late.
[[nodiscard]] proxy::Result<QueryTable> query_database(const std::string& path,
                                                       const std::string& statement,
                                                       const QueryLimits& limits);

/// Aligned columns under their names, numbers to the right; control characters as escapes.
[[nodiscard]] std::string table_text(const QueryTable& table);
/// CSV with a head, like the tables of `--csv`.
[[nodiscard]] std::string table_csv(const QueryTable& table);
/// A JSON array with an object for each row.
[[nodiscard]] std::string table_json(const QueryTable& table);

}  // namespace shaketable::reports
