#pragma once

#include <string>

#include "proxy/base/result.h"
#include "reports/report.h"

namespace shaketable::reports {

/// Marks a file as a record of ours ("shkt"), and the layout of its tables.
inline constexpr int kDatabaseId = 0x73686b74;
inline constexpr int kDatabaseVersion = 1;

/// The run as the bytes of an SQLite database; README.md has its tables. Fails when the memory does
/// not suffice.
[[nodiscard]] proxy::Result<std::string> run_database(const Report& report);

}  // namespace shaketable::reports
