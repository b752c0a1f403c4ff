#include "proxy/app/proxy_cli.h"

#include <ostream>

#include "engine/formats/printable.h"
#include "proxy/app/certs.h"
#include "proxy/app/program_help.h"
#include "proxy/app/proxy_spec.h"
#include "reports/report.h"

namespace shaketable::proxy::app {
namespace {

using engine::ExitCode;
using engine::Streams;

struct Dispatch {
  const Streams& streams;

  ExitCode operator()(const Message& message) const {
    (message.is_error ? streams.err : streams.out) << message.text;
    return message.is_error ? ExitCode::kUsage : ExitCode::kPassed;
  }
  ExitCode operator()(const RunArguments& run) const { return run_proxy(run, streams); }
  ExitCode operator()(const CheckArguments& check) const {
    return check_proxy_files(check, streams);
  }
  ExitCode operator()(const CertsArguments& certs) const {
    return run_certs(certs.arguments, streams);
  }
  ExitCode operator()(const ReplayArguments& it) const { return replay_journals(it, streams); }
  ExitCode operator()(const SchemaArguments& /*unused*/) const {
    streams.out << proxy_schema_json();
    return ExitCode::kPassed;
  }
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

/// One configuration; `name` is what the answer is about.
ExitCode check_one(const LoadRequest& load, const std::string& name, const Streams& streams) {
  const LoadResult result = load_config(load, nullptr);
  streams.err << (result ? result->remarks : result.error());
  if (!result) {
    return ExitCode::kUsage;
  }
  streams.out << engine::printable(name, 200) << ": ok\n";
  return ExitCode::kPassed;
}

}  // namespace

ExitCode run_proxy_cli(std::span<const std::string> arguments, const Streams& streams) {
  const ExitCode code = std::visit(Dispatch{streams}, parse_arguments(arguments));
  streams.out.flush();
  if (!streams.out) {
    streams.err << kProgram << ": cannot write to standard output\n";
    return ExitCode::kRuntime;
  }
  return code;
}

ExitCode check_proxy_files(const CheckArguments& arguments, const Streams& streams) {
  LoadRequest load = arguments.load;
  load.color = engine::wants_color(arguments.color, streams.err_is_terminal, streams);
  if (!load.mesh.empty()) {
    return check_one(load, load.sidecar.workload + " of " + load.mesh, streams);
  }
  ExitCode code = ExitCode::kPassed;
  for (const std::string& file : arguments.files) {
    load.config = file;
    code = engine::worse(code, check_one(load, file, streams));
  }
  return code;
}

}  // namespace shaketable::proxy::app
