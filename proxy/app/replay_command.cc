#include <ostream>

#include "engine/formats/printable.h"
#include "proxy/app/proxy_cli.h"
#include "proxy/live/replay.h"

namespace shaketable::proxy::app {
namespace {

using engine::ExitCode;

ExitCode replay_one(const std::string& file, const engine::Streams& streams) {
  const auto report = live::replay(file);
  if (!report) {
    const Error& error = report.error();
    streams.err << kProgram << ": " << engine::printable(file, 200) << ": "
                << engine::printable(error.message, 300);
    if (!error.expected.empty()) {
      streams.err << "; expected: " << engine::printable(error.expected, 300);
    }
    streams.err << '\n';
    return ExitCode::kUsage;
  }
  streams.out << engine::printable(file, 200) << ": " << live::render(*report);
  return report->is_same() ? ExitCode::kPassed : ExitCode::kExpectationFailed;
}

}  // namespace

ExitCode replay_journals(const ReplayArguments& arguments, const engine::Streams& streams) {
  ExitCode code = ExitCode::kPassed;
  for (const std::string& file : arguments.files) {
    code = engine::worse(code, replay_one(file, streams));
  }
  return code;
}

}  // namespace shaketable::proxy::app
