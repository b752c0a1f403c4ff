#include "engine/cli/help_commands.h"

#include <ostream>

#include <CLI/CLI.hpp>

#include "engine/formats/printable.h"

namespace shaketable::engine {

void add_help_commands(CLI::App& app, CompletionArguments& completion) {
  app.add_subcommand("completion", "Prints the completions of a shell for this command")
      ->add_option("SHELL", completion.shell, "bash, zsh or fish")
      ->required()
      ->type_name("");
  app.add_subcommand("man", "Prints the manual page, for `man -l -`");
}

ExitCode print_completion(const ProgramHelp& program, const CompletionArguments& arguments,
                          const Streams& streams) {
  const std::string script = completion_script(program, arguments.shell);
  if (script.empty()) {
    streams.err << program.name << ": no completions for " << quoted(arguments.shell, 80)
                << " (expected bash, zsh or fish)\n";
    return ExitCode::kUsage;
  }
  streams.out << script;
  return ExitCode::kPassed;
}

ExitCode print_manual(const ProgramHelp& program, const Streams& streams) {
  streams.out << manual_page(program);
  return ExitCode::kPassed;
}

}  // namespace shaketable::engine
