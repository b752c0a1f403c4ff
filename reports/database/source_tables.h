#pragma once

#include <sqlite3.h>

#include "reports/report.h"

namespace shaketable::reports {

/// Makes and fills the tables that say what the run was made from (`sources`, `overrides`) and what
/// its series hold beyond points (`instances`, `statuses`). False when the memory does not suffice.
[[nodiscard]] bool write_source_tables(const Report& report, sqlite3* database);

}  // namespace shaketable::reports
