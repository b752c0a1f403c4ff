#include "reports/database/run_database.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "reports/database/query.h"
#include "tests/reports/exports/traced_run.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::reports {
namespace {

/// A record on disk.
class RecordFile {
 public:
  explicit RecordFile(const JudgedRun& run)
      : path_(folder_.write("run.db", run_database(run.report()).value())) {}

  [[nodiscard]] proxy::Result<QueryTable> ask(const std::string& statement,
                                              QueryLimits limits = {}) const {
    return query_database(path_, statement, limits);
  }
  /// The only cell of an answer.
  [[nodiscard]] std::string one(const std::string& statement) const {
    const auto table = ask(statement);
    return table ? table->rows.at(0).at(0).text : table.error().message;
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

TEST(RunDatabaseTest, AnswersWhichRequestsFailedThroughWhichHosts) {
  const RecordFile file{JudgedRun(traced_builder())};

  const auto table = file.ask(
      "select r.number, r.status, s.peer_instance, s.outcome from requests r "
      "join spans s using (trace_id) where r.outcome <> 'ok' and s.kind = 'attempt' "
      "order by s.attempt");

  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows.size(), 2);
  EXPECT_EQ(table->rows[0][0].text, "2001");
  EXPECT_EQ(table->rows[0][1].text, "502");
  EXPECT_EQ(table->rows[0][3].text, "timeout");
}

TEST(RunDatabaseTest, HoldsTheWholeRun) {
  const RecordFile file{JudgedRun(traced_builder())};

  EXPECT_EQ(file.one("select value from run where key = 'fingerprint'"), "0123456789abcdef");
  EXPECT_EQ(file.one("select count(*) from spans"), "7");
  EXPECT_EQ(file.one("select reason from span_events where event = 'no_retry'"),
            "per-try timeout: all attempts were made");
  EXPECT_EQ(file.one("select count(*) from expectations"), "6");
  EXPECT_EQ(file.one("select count(*) > 0 from events"), "1");
  EXPECT_EQ(file.one("select count(*) > 100 from metrics"), "1");
  EXPECT_EQ(file.one("select server_error from metrics where kind = 'service' and subject = "
                     "'gateway' and from_ns = 70000000000"),
            "40");
}

TEST(RunDatabaseTest, EqualRunsAreEqualBytes) {
  const JudgedRun run(traced_builder());

  EXPECT_EQ(run_database(run.report()).value(), run_database(run.report()).value());
}

TEST(RunDatabaseTest, HostileNamesStayData) {
  for (const std::string& name : hostile_names()) {
    const RecordFile file(hostile_traced_run(name + "'); drop table spans; --"));

    EXPECT_EQ(file.one("select count(*) from spans"), "7");
  }
}

TEST(QueryTest, AStatementCanOnlySelect) {
  const RecordFile file{JudgedRun(traced_builder())};

  for (const char* statement :
       {"delete from spans", "attach '/tmp/other.db' as other", "pragma journal_mode = wal",
        "create table t (x)", "select load_extension('x')", "select 1; select 2", "", "select",
        "vacuum into '/tmp/copy.db'", "select * from missing"}) {
    EXPECT_FALSE(file.ask(statement)) << statement;
  }
  EXPECT_EQ(file.one("select count(*) from spans"), "7");
  EXPECT_EQ(file.one("select 1;"), "1") << "a semicolon may end it";
}

TEST(QueryTest, StopsAtTheLimitOfRows) {
  const RecordFile file{JudgedRun(traced_builder())};

  const auto table = file.ask("select * from metrics", {.most_rows = 5, .is_late = {}});

  ASSERT_TRUE(table);
  EXPECT_EQ(table->rows.size(), 5);
  EXPECT_TRUE(table->is_cut);
}

TEST(QueryTest, StopsWhenItIsLate) {
  const RecordFile file{JudgedRun(traced_builder())};
  int looks = 0;

  const auto table = file.ask(
      "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n",
      {.most_rows = 10, .is_late = [&looks] { return ++looks > 3; }});

  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().message, "the statement takes too long");
}

TEST(QueryTest, RefusesWhatIsNoRecordOfThisVersion) {
  const TemporaryFolder folder;
  const JudgedRun run(traced_builder());
  std::string bytes = run_database(run.report()).value();

  EXPECT_FALSE(query_database(folder / "missing.db", "select 1", {}));
  EXPECT_FALSE(query_database(folder.write("text.db", "some text, no database"), "select 1", {}));
  EXPECT_FALSE(query_database(folder.write("empty.db", ""), "select 1", {}));
  const auto cut = query_database(folder.write("cut.db", bytes.substr(0, bytes.size() / 2)),
                                  "select sum(length(reason)) from span_events", {});
  EXPECT_FALSE(cut);
  std::string newer = bytes;
  newer[63] = 2;  // the user version, in the header
  const auto other = query_database(folder.write("newer.db", newer), "select 1", {});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message, "it is a record of version 2");
  bytes[68] = 'x';  // the application id
  EXPECT_FALSE(query_database(folder.write("other.db", bytes), "select 1", {}));
}

TEST(QueryTest, TablesAreAlignedAndSafe) {
  QueryTable table;
  table.columns = {"service", "ms"};
  table.rows = {{{.text = "shop"}, {.text = "7", .is_number = true}},
                {{.text = "\x1b[31m=1,2"}, {.text = "-120", .is_number = true}},
                {{.is_null = true}, {.is_null = true}}};

  EXPECT_EQ(table_text(table),
            "service         ms\n"
            "shop             7\n"
            "\\x1b[31m=1,2  -120\n"
            "-                -\n");
  EXPECT_EQ(table_csv(table), "service,ms\r\nshop,7\r\n\"\\x1b[31m=1,2\",-120\r\n,\r\n");
  const boost::json::value parsed = boost::json::parse(table_json(table));
  EXPECT_EQ(parsed.at(1).at("ms").as_int64(), -120);
  EXPECT_TRUE(parsed.at(2).at("service").is_null());
}

}  // namespace
}  // namespace shaketable::reports
