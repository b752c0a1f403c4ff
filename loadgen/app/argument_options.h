#pragma once

#include <cstdint>
#include <string>

#include "loadgen/app/arguments.h"
#include "proxy/base/result.h"

namespace CLI {
class App;
}

/// The options of each command, for `parse_arguments` alone.
namespace shaketable::loadgen::app {

/// Everything that the parser fills, before its values are understood.
struct RawArguments {
  RunArguments run;
  MergeArguments merge;
  CompletionArguments completion;
  std::string duration, ramp_up, delay, timeout, connect_timeout, idle_timeout, grace, rate;
  std::string sizing_trial, sizing_settle, statsd_address;
  bool statsd = false;
  std::string share, percentiles, reuse, dns, max_body, console_update;
  std::uint32_t workers = 0, processes = 0, connections = 0;
  std::uint64_t max_runs = 0, seed = 0;
};

/// Adds all commands to `app`. Everything must live until the arguments are parsed.
void define_command_line(CLI::App& app, RawArguments& raw);

/// What was parsed, with its values understood; an error's message names the option.
[[nodiscard]] proxy::Result<RunArguments> finish_run(RawArguments& raw, const CLI::App& run);
[[nodiscard]] proxy::Result<MergeArguments> finish_merge(RawArguments& raw);

}  // namespace shaketable::loadgen::app
