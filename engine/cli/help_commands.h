#pragma once

#include <string>

#include "engine/cli/command_help.h"
#include "engine/cli/exit_code.h"
#include "engine/cli/streams.h"

/// `PROGRAM completion SHELL` and `PROGRAM man`, which are the same in all programs.
namespace shaketable::engine {

/// `PROGRAM completion bash|zsh|fish`
struct CompletionArguments {
  std::string shell;
};

/// `PROGRAM man`
struct ManualArguments {};

/// Adds both commands to `app`, which fills `completion` when it parses.
void add_help_commands(CLI::App& app, CompletionArguments& completion);

/// Prints the completions; a shell that nobody knows is a mistake of usage.
[[nodiscard]] ExitCode print_completion(const ProgramHelp& program,
                                        const CompletionArguments& arguments,
                                        const Streams& streams);
/// Prints the manual page.
[[nodiscard]] ExitCode print_manual(const ProgramHelp& program, const Streams& streams);

}  // namespace shaketable::engine
