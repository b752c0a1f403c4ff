#pragma once

#include <span>
#include <string>

#include "engine/cli/arguments.h"
#include "engine/cli/exit_code.h"
#include "engine/cli/streams.h"
#include "proxy/base/result.h"

/// The `shaketable` command, apart from `main`, so that tests call it like a function.
namespace shaketable::engine {

/// Carries out the arguments behind the program's name.
[[nodiscard]] ExitCode run_cli(std::span<const std::string> arguments, const Streams& streams);

[[nodiscard]] ExitCode run_scenarios(const RunArguments& arguments, const Streams& streams);
/// `run --watch`: again whenever one of the files changes, until Ctrl-C.
[[nodiscard]] ExitCode watch_scenarios(const RunArguments& arguments, const Streams& streams);
[[nodiscard]] ExitCode compare_files(const CompareArguments& arguments, const Streams& streams);
[[nodiscard]] ExitCode report_results(const ReportArguments& arguments, const Streams& streams);
[[nodiscard]] ExitCode check_files(const CheckArguments& arguments, const Streams& streams);
[[nodiscard]] ExitCode find_load_limit(const CapacityArguments& arguments, const Streams& streams);
[[nodiscard]] ExitCode init_folder(const InitArguments& arguments, const Streams& streams);
[[nodiscard]] ExitCode query_record(const QueryArguments& arguments, const Streams& streams);
[[nodiscard]] ExitCode explain_code(const ExplainArguments& arguments, const Streams& streams);
[[nodiscard]] ExitCode examine_system(const DoctorArguments& arguments, const Streams& streams);
[[nodiscard]] ExitCode print_schema(const SchemaArguments& arguments, const Streams& streams);

/// "shaketable: WHERE: message (expected ...)" on standard error.
void show_error(const proxy::Error& error, const Streams& streams);

}  // namespace shaketable::engine
