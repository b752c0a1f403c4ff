#pragma once

#include <span>
#include <string>

#include "engine/cli/exit_code.h"
#include "engine/cli/streams.h"
#include "loadgen/app/arguments.h"

/// The `shaketable-load` command, apart from `main`, so that tests call it like a function.
namespace shaketable::loadgen::app {

inline constexpr char kProgram[] = "shaketable-load";

/// Carries out the arguments behind the program's name.
[[nodiscard]] engine::ExitCode run_load_cli(std::span<const std::string> arguments,
                                            const engine::Streams& streams);

/// Puts load on a target and reports.
[[nodiscard]] engine::ExitCode run_load(const RunArguments& arguments,
                                        const engine::Streams& streams);
/// Prints what `--emit` asks for.
[[nodiscard]] engine::ExitCode emit_file(const RunArguments& arguments,
                                         const engine::Streams& streams);
/// Searches for the highest load that meets its thresholds.
[[nodiscard]] engine::ExitCode find_size(const RunArguments& arguments,
                                         const engine::Streams& streams);
/// Adds results up.
[[nodiscard]] engine::ExitCode merge_results(const MergeArguments& arguments,
                                             const engine::Streams& streams);

}  // namespace shaketable::loadgen::app
