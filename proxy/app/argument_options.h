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
  std::uint32_t concurrency = 0;
  std::string drain_time;
};

/// Each adds its command to `app`. Everything must live until the arguments are parsed.
CLI::App* add_run(CLI::App& app, RawArguments& raw);
CLI::App* add_check(CLI::App& app, RawArguments& raw);
CLI::App* add_replay(CLI::App& app, RawArguments& raw);

}  // namespace shaketable::proxy::app
