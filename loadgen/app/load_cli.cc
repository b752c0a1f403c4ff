#include "loadgen/app/load_cli.h"

#include <ostream>

#include "loadgen/app/program_help.h"
#include "reports/report.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;
using engine::Streams;

struct Dispatch {
  const Streams& streams;

  ExitCode operator()(const Message& message) const {
    (message.is_error ? streams.err : streams.out) << message.text;
    return message.is_error ? ExitCode::kUsage : ExitCode::kPassed;
  }
  ExitCode operator()(const RunArguments& run) const { return run_load(run, streams); }
  ExitCode operator()(const MergeArguments& merge) const { return merge_results(merge, streams); }
  ExitCode operator()(const CompletionArguments& it) const {
    return engine::print_completion(program_help(), it, streams);
  }
  ExitCode operator()(const ManualArguments& /*unused*/) const {
    return engine::print_manual(program_help(), streams);
  }
  ExitCode operator()(const VersionArguments& /*unused*/) const {
    streams.out << kProgram << ' ' << reports::kVersion << '\n';
    return ExitCode::kPassed;
  }
};

}  // namespace

ExitCode run_load_cli(std::span<const std::string> arguments, const Streams& streams) {
  const ExitCode code = std::visit(Dispatch{streams}, parse_arguments(arguments));
  streams.out.flush();
  if (!streams.out) {
    streams.err << kProgram << ": cannot write to standard output\n";
    return ExitCode::kRuntime;
  }
  return code;
}

}  // namespace shaketable::loadgen::app
