#pragma once

#include <cstdint>
#include <string>

#include "proxy/app/arguments.h"

namespace CLI {
class App;
}

/// The options of each command, for `parse_arguments` alone.
namespace shaketable::proxy::app {

/// Everything that the parser fills, before it becomes one command.
struct RawArguments {
  RunArguments run;
  CheckArguments check;
  ReplayArguments replay;
  CompletionArguments completion;
  std::uint32_t concurrency = 0;
  std::string drain_time;
};

/// Adds all commands to `app`; those of `certs`, which reads its arguments itself, without options.
/// Everything must live until the arguments are parsed.
void define_command_line(CLI::App& app, RawArguments& raw);

}  // namespace shaketable::proxy::app
