#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/cli/help_commands.h"
#include "engine/cli/streams.h"
#include "proxy/app/load_config.h"
#include "proxy/live/log.h"

namespace shaketable::proxy::app {

struct RunArguments {
  LoadRequest load;
  std::string journal;      ///< Empty = none.
  std::string hot_restart;  ///< Empty = none.
  live::LogLevel log_level = live::LogLevel::kInfo;
  live::Logger::Format log_format = live::Logger::Format::kText;
  engine::ColorChoice color = engine::ColorChoice::kAuto;
};

/// Files of proxies, each by itself; or one sidecar of a mesh.
struct CheckArguments {
  std::vector<std::string> files;
  LoadRequest load;
  engine::ColorChoice color = engine::ColorChoice::kAuto;
};

/// What follows `certs`; see run_certs.
struct CertsArguments {
  std::vector<std::string> arguments;
};

struct ReplayArguments {
  std::vector<std::string> files;
};

struct SchemaArguments {};

using engine::CompletionArguments;
using engine::ManualArguments;
struct VersionArguments {};

/// Nothing to run: help that was asked for (for standard output) or a wrong argument (for standard
/// error).
struct Message {
  std::string text;
  bool is_error = false;
};

using Command =
    std::variant<Message, RunArguments, CheckArguments, CertsArguments, ReplayArguments,
                 SchemaArguments, CompletionArguments, ManualArguments, VersionArguments>;

/// Reads the arguments behind the program's name. `run` may be left out. Combinations that cannot
/// work (a file and a mesh, a workload without a mesh) are refused here.
[[nodiscard]] Command parse_arguments(std::span<const std::string> arguments);

}  // namespace shaketable::proxy::app
