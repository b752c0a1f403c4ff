#include "reports/database/query.h"

#include <algorithm>
#include <string_view>

#include "reports/database/run_database.h"
#include "reports/database/sqlite.h"

namespace shaketable::reports {
namespace {

using proxy::Result;

constexpr int kStepsBetweenLooks = 10'000;
constexpr int kLongestValue = 16 * 1024 * 1024;
constexpr std::size_t kMostBytes = std::size_t{256} * 1024 * 1024;

/// A statement may read tables and call plain functions; all else is refused.
int authorize(void* /*unused*/, int action, const char* /*first*/, const char* second,
              const char* /*database*/, const char* /*trigger*/) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION: {
      const std::string_view name = second == nullptr ? "" : second;
      const bool reaches_out = name == "load_extension" || name == "readfile" ||
                               name == "writefile" || name == "edit" || name == "fts3_tokenizer" ||
                               name == "zeroblob" || name == "randomblob";
      return reaches_out ? SQLITE_DENY : SQLITE_OK;
    }
    default:
      return SQLITE_DENY;
  }
}

int look_at_clock(void* limits) {
  const auto& is_late = static_cast<const QueryLimits*>(limits)->is_late;
  return is_late && is_late() ? 1 : 0;
}

/// Before the file is believed: what a made-up schema could do.
void distrust(sqlite3* database) {
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, kLongestValue);
  sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, 1'000'000);
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(database, SQLITE_LIMIT_WORKER_THREADS, 0);
  sqlite3_exec(database, "pragma cell_size_check = on; pragma mmap_size = 0", nullptr, nullptr,
               nullptr);
}

/// The number that a pragma tells, or -1.
int pragma_number(sqlite3* database, const char* pragma) {
  sqlite3_stmt* made = nullptr;
  const int code = sqlite3_prepare_v2(database, pragma, -1, &made, nullptr);
  const StatementOwner statement(made);
  return code == SQLITE_OK && sqlite3_step(made) == SQLITE_ROW ? sqlite3_column_int(made, 0) : -1;
}

Result<void> check_record(sqlite3* database, const std::string& path) {
  const int id = pragma_number(database, "pragma application_id");
  if (id == -1) {
    return proxy::fail(std::string("cannot read it: ") + sqlite3_errmsg(database), path,
                       "a file that `run --record` wrote");
  }
  if (id != kDatabaseId) {
    return proxy::fail("it is no record of a run", path, "a file that `run --record` wrote");
  }
  const int version = pragma_number(database, "pragma user_version");
  if (version != kDatabaseVersion) {
    return proxy::fail("it is a record of version " + std::to_string(version), path,
                       "version " + std::to_string(kDatabaseVersion));
  }
  return {};
}

QueryTable::Cell cell_of(sqlite3_stmt* statement, int column) {
  QueryTable::Cell cell;
  const int type = sqlite3_column_type(statement, column);
  cell.is_null = type == SQLITE_NULL;
  cell.is_number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
  if (const unsigned char* const text = sqlite3_column_text(statement, column); text != nullptr) {
    cell.text.assign(reinterpret_cast<const char*>(text),
                     static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
  }
  // Infinity is a word that JSON does not have.
  cell.is_number = cell.is_number && cell.text.find_first_of("nN") == std::string::npos;
  return cell;
}

bool is_blank(const char* tail) {
  return tail == nullptr ||
         std::string_view(tail).find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

Result<QueryTable> run(sqlite3* database, const std::string& text, const QueryLimits& limits) {
  sqlite3_stmt* made = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v2(database, text.c_str(), static_cast<int>(text.size()), &made, &tail);
  const StatementOwner statement(made);
  if (code != SQLITE_OK) {
    const std::string words = sqlite3_errmsg(database);
    return proxy::fail("the statement: " + words, "",
                       code == SQLITE_AUTH ? "a statement that only selects" : "");
  }
  if (made == nullptr || !is_blank(tail)) {
    return proxy::fail(made == nullptr ? "the statement is empty" : "more than one statement", "",
                       "one select");
  }
  QueryTable table;
  const int columns = sqlite3_column_count(made);
  for (int i = 0; i < columns; ++i) {
    const char* const name = sqlite3_column_name(made, i);
    table.columns.emplace_back(name == nullptr ? "" : name);
  }
  std::size_t bytes = 0;
  int step = SQLITE_ROW;
  while ((step = sqlite3_step(made)) == SQLITE_ROW) {
    if (table.rows.size() >= limits.most_rows || bytes > kMostBytes) {
      table.is_cut = true;
      return table;
    }
    std::vector<QueryTable::Cell>& row = table.rows.emplace_back();
    for (int i = 0; i < columns; ++i) {
      row.push_back(cell_of(made, i));
      bytes += row.back().text.size() + sizeof(QueryTable::Cell);
    }
  }
  if (step == SQLITE_INTERRUPT) {
    return proxy::fail("the statement takes too long", "", "less work, or a longer --timeout");
  }
  if (step != SQLITE_DONE) {
    return proxy::fail(std::string("the statement: ") + sqlite3_errmsg(database));
  }
  return table;
}

}  // namespace

Result<QueryTable> query_database(const std::string& path, const std::string& statement,
                                  const QueryLimits& limits) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  const DatabaseOwner database(opened);
  if (code != SQLITE_OK) {
    return proxy::fail(std::string("cannot open: ") +
                           (opened == nullptr ? "out of memory" : sqlite3_errmsg(opened)),
                       path);
  }
  distrust(opened);
  if (auto good = check_record(opened, path); !good) {
    return tl::unexpected(good.error());
  }
  QueryLimits copy = limits;
  sqlite3_set_authorizer(opened, &authorize, nullptr);
  sqlite3_progress_handler(opened, kStepsBetweenLooks, &look_at_clock, &copy);
  return run(opened, statement, copy);
}

}  // namespace shaketable::reports
