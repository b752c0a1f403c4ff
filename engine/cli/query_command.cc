#include <chrono>
#include <ostream>

#include "engine/cli/cli.h"
#include "engine/formats/printable.h"
#include "reports/database/query.h"

namespace shaketable::engine {
namespace {

std::string text_of(QueryFormat format, const reports::QueryTable& table) {
  switch (format) {
    case QueryFormat::kTable:
      return reports::table_text(table);
    case QueryFormat::kCsv:
      return reports::table_csv(table);
    case QueryFormat::kJson:
      return reports::table_json(table);
  }
  return {};
}

}  // namespace

ExitCode query_record(const QueryArguments& arguments, const Streams& streams) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(arguments.timeout_seconds);
  const auto table = reports::query_database(arguments.file, arguments.statement,
                                             {.most_rows = arguments.rows, .is_late = [deadline] {
                                                return std::chrono::steady_clock::now() >= deadline;
                                              }});
  if (!table) {
    const proxy::Error& error = table.error();
    streams.err << "shaketable: " << (error.where.empty() ? "" : printable(error.where, 300) + ": ")
                << printable(error.message, 500);
    if (!error.expected.empty()) {
      streams.err << " (expected " << error.expected << ')';
    }
    streams.err << '\n';
    return ExitCode::kUsage;
  }
  streams.out << text_of(arguments.format, *table);
  if (table->is_cut) {
    streams.err << "shaketable: only the first " << table->rows.size()
                << " rows are shown; --rows shows more\n";
  }
  return ExitCode::kPassed;
}

}  // namespace shaketable::engine
