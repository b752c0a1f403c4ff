#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

/// The little of SQLite that is needed, with owners. For the .cc files of this room alone.
namespace shaketable::reports {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using DatabaseOwner = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementOwner = std::unique_ptr<sqlite3_stmt, FinishStatement>;

/// Rows for one table. After an error nothing more happens, and `good()` says so.
class Inserter {
 public:
  Inserter(sqlite3* database, const std::string& table, int columns) {
    std::string sql = "insert into " + table + " values (?";
    for (int i = 1; i < columns; ++i) {
      sql += ",?";
    }
    sql += ')';
    sqlite3_stmt* statement = nullptr;
    good_ = sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK;
    statement_.reset(statement);
  }

  void add(std::string_view text) {
    sqlite3_bind_text64(statement_.get(), ++column_, text.data(), text.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
  }
  void add(const char* text) { add(std::string_view(text)); }
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(std::int64_t number) { sqlite3_bind_int64(statement_.get(), ++column_, number); }
  void add(std::uint64_t number) { add(static_cast<std::int64_t>(number)); }
  void add(std::uint32_t number) { add(std::int64_t{number}); }
  void add(int number) { add(std::int64_t{number}); }
  void add(bool truth) { add(std::int64_t{truth ? 1 : 0}); }
  void null() { sqlite3_bind_null(statement_.get(), ++column_); }

  void end_row() {
    good_ = good_ && sqlite3_step(statement_.get()) == SQLITE_DONE;
    sqlite3_reset(statement_.get());
    column_ = 0;
  }
  template <class... Cells>
  void row(const Cells&... cells) {
    (add(cells), ...);
    end_row();
  }

  [[nodiscard]] bool good() const { return good_; }

 private:
  StatementOwner statement_;
  int column_ = 0;
  bool good_ = false;
};

}  // namespace shaketable::reports
