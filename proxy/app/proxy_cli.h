#pragma once

#include <span>
#include <string>

#include "engine/cli/exit_code.h"
#include "engine/cli/streams.h"
#include "proxy/app/arguments.h"

/// The `shaketable-proxy` command, apart from `main`, so that tests call it like a function.
namespace shaketable::proxy::app {

inline constexpr char kProgram[] = "shaketable-proxy";

/// Carries out the arguments behind the program's name.
[[nodiscard]] engine::ExitCode run_proxy_cli(std::span<const std::string> arguments,
                                             const engine::Streams& streams);

/// Runs until a signal ends it; see live::run.
[[nodiscard]] engine::ExitCode run_proxy(const RunArguments& arguments,
                                         const engine::Streams& streams);
/// Says "FILE: ok" for each good file, and everything that is wrong with the others.
[[nodiscard]] engine::ExitCode check_proxy_files(const CheckArguments& arguments,
                                                 const engine::Streams& streams);
/// Replays journals and tells about each. The worst of: passed, expectation failed (the core did
/// something else, or the file is damaged), usage (no journal).
[[nodiscard]] engine::ExitCode replay_journals(const ReplayArguments& arguments,
                                               const engine::Streams& streams);

}  // namespace shaketable::proxy::app
