#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "engine/cli/finished_run.h"
#include "reports/database/query.h"
#include "reports/database/run_database.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/small_run.h"

// Asks records of runs. When the first byte is even, the rest is a statement for a real record;
// else it replaces a piece of the record (two bytes say where, one how much) and fixed statements
// are asked. What must hold: no crash, an end, an error that has words, and a record that is as it
// was.
namespace shaketable::reports {
namespace {

const char* const kStatements[] = {"select * from requests", "select * from spans, events limit 50",
                                   "select name, sql from sqlite_master",
                                   "select count(*) from metrics group by 1 order by 1"};

const std::string& real_record() {
  static const std::string kBytes = [] {
    std::string bytes;
    engine::make_small_run({}, [&bytes](const engine::FinishedRun& run) {
      auto made = run_database(run.report());
      require(made.has_value());
      bytes = std::move(*made);
    });
    return bytes;
  }();
  return kBytes;
}

// A file of this process; it goes away with it.
const std::string& path_of_record() {
  static const std::string kPath = [] {
    std::string path = "/tmp/query_fuzz_XXXXXX";
    const int opened = mkstemp(path.data());
    require(opened >= 0);
    close(opened);
    static std::string to_remove;
    to_remove = path;
    std::atexit([] { unlink(to_remove.c_str()); });
    return path;
  }();
  return kPath;
}

void put(const std::string& bytes) {
  std::ofstream(path_of_record(), std::ios::binary | std::ios::trunc) << bytes;
}

void ask(const std::string& statement) {
  int looks = 0;
  const auto answer = query_database(path_of_record(), statement,
                                     {.most_rows = 200, .is_late = [&] { return ++looks > 20; }});
  if (!answer) {
    require(!answer.error().message.empty());
    return;
  }
  require(answer->rows.size() <= 200);
  for (const auto& row : answer->rows) {
    require(row.size() == answer->columns.size());
  }
  static_cast<void>(table_text(*answer));
  static_cast<void>(table_csv(*answer));
  static_cast<void>(table_json(*answer));
}

void run(std::string_view input) {
  const bool is_statement = (static_cast<std::uint8_t>(input.front()) & 1U) == 0;
  input.remove_prefix(1);
  static bool is_real = false;
  if (is_statement) {
    if (!std::exchange(is_real, true)) {
      put(real_record());
    }
    ask(std::string(input));
    std::ifstream file(path_of_record(), std::ios::binary);
    require(std::string(std::istreambuf_iterator<char>(file), {}) == real_record());
    return;
  }
  if (input.size() < 3) {
    return;
  }
  const auto byte = [&input](std::size_t i) { return static_cast<std::uint8_t>(input[i]); };
  std::string bytes = real_record();
  const std::size_t at = (byte(0) * 256U + byte(1)) % bytes.size();
  const std::string_view piece = input.substr(3);
  bytes.replace(at, byte(2) % 2 == 0 ? piece.size() : byte(2), piece);
  put(bytes);
  is_real = false;
  for (const char* statement : kStatements) {
    ask(statement);
  }
}

}  // namespace
}  // namespace shaketable::reports

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) {
    shaketable::reports::run({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
