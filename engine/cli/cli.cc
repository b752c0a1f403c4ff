#include "engine/cli/cli.h"

#include <ostream>

#include "engine/formats/codes.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader.h"
#include "engine/formats/schema.h"
#include "reports/exports/ndjson.h"
#include "reports/report.h"
#include "reports/result_schema.h"

namespace shaketable::engine {
namespace {

ExitCode show(const Message& message, const Streams& streams) {
  (message.is_error ? streams.err : streams.out) << message.text;
  return message.is_error ? ExitCode::kUsage : ExitCode::kPassed;
}

struct Dispatch {
  const Streams& streams;

  ExitCode operator()(const Message& message) const { return show(message, streams); }
  ExitCode operator()(const RunArguments& run) const { return run_scenarios(run, streams); }
  ExitCode operator()(const CompareArguments& it) const { return compare_files(it, streams); }
  ExitCode operator()(const ReportArguments& it) const { return report_results(it, streams); }
  ExitCode operator()(const CheckArguments& check) const { return check_files(check, streams); }
  ExitCode operator()(const CapacityArguments& it) const { return find_load_limit(it, streams); }
  ExitCode operator()(const InitArguments& init) const { return init_folder(init, streams); }
  ExitCode operator()(const ExplainArguments& it) const { return explain_code(it, streams); }
  ExitCode operator()(const QueryArguments& it) const { return query_record(it, streams); }
  ExitCode operator()(const SchemaArguments& it) const { return print_schema(it, streams); }
  ExitCode operator()(const CompletionArguments& it) const {
    return print_completion(program_help(), it, streams);
  }
  ExitCode operator()(const DoctorArguments& it) const { return examine_system(it, streams); }
  ExitCode operator()(const ManualArguments& /*unused*/) const {
    return print_manual(program_help(), streams);
  }
  ExitCode operator()(const VersionArguments& /*unused*/) const {
    streams.out << "shaketable " << reports::kVersion << '\n';
    return ExitCode::kPassed;
  }
};

}  // namespace

ExitCode run_cli(std::span<const std::string> arguments, const Streams& streams) {
  const ExitCode code = std::visit(Dispatch{streams}, parse_arguments(arguments));
  streams.out.flush();
  if (!streams.out) {
    streams.err << "shaketable: cannot write to standard output\n";
    return ExitCode::kRuntime;
  }
  return code;
}

void show_error(const proxy::Error& error, const Streams& streams) {
  streams.err << "shaketable: " << printable(error.where, 600) << ": " << error.message;
  if (!error.expected.empty()) {
    streams.err << " (expected " << error.expected << ')';
  }
  streams.err << '\n';
}

ExitCode check_files(const CheckArguments& arguments, const Streams& streams) {
  const bool color = wants_color(arguments.color, streams.err_is_terminal, streams);
  ExitCode code = ExitCode::kPassed;
  for (const std::string& file : arguments.files) {
    Diagnostics diagnostics;
    const bool good = check_file(file, arguments.overrides, diagnostics);
    streams.err << render(diagnostics, color);
    if (good) {
      streams.out << printable(file, 200) << ": ok\n";
    } else {
      code = ExitCode::kUsage;
    }
  }
  return code;
}

ExitCode print_schema(const SchemaArguments& arguments, const Streams& streams) {
  if (arguments.format == "scenario") {
    streams.out << schema_json();
  } else if (arguments.format == "result") {
    streams.out << reports::assets::kResultSchema;
  } else if (arguments.format == "ndjson") {
    streams.out << reports::ndjson_schema();
  } else {
    streams.err << "shaketable: no schema is called " << quoted(arguments.format, 80)
                << " (expected scenario, result or ndjson)\n";
    return ExitCode::kUsage;
  }
  return ExitCode::kPassed;
}

ExitCode explain_code(const ExplainArguments& arguments, const Streams& streams) {
  const CodeInfo* info = find_code(arguments.code);
  if (info != nullptr) {
    streams.out << info->code << ": " << info->title << "\n\n" << info->text << '\n';
    return ExitCode::kPassed;
  }
  std::vector<std::string_view> codes;
  for (const CodeInfo& it : code_table()) {
    codes.push_back(it.code);
  }
  const std::string nearest = nearest_name(arguments.code, codes);
  streams.err << "shaketable: no such code: " << quoted(arguments.code, 80);
  if (!nearest.empty()) {
    streams.err << "; did you mean " << nearest << '?';
  }
  streams.err << '\n';
  return ExitCode::kUsage;
}

}  // namespace shaketable::engine
