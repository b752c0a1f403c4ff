#pragma once

#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace shaketable::engine {

/// An option or a positional argument as people see it.
struct OptionHelp {
  std::vector<std::string> names;  ///< "-o", "--output"; of a positional one "FILE".
  std::string value;  ///< "FILE", "N", "text|json"; empty for a flag, and for positional ones.
  std::string about;
  bool is_required = false;
  bool is_repeated = false;

  /// The words of "text|json"; empty for any other value.
  [[nodiscard]] std::vector<std::string> choices() const;
};

struct CommandHelp {
  std::string name;
  std::string about;
  std::vector<OptionHelp> options;
  std::vector<OptionHelp> positionals;
};

/// A program with its commands, as its manual and a shell want to know it.
struct ProgramHelp {
  std::string name;             ///< "shaketable-load"
  std::string purpose;          ///< A line, without a full stop: what the manual begins with.
  std::string about;            ///< A few sentences.
  std::string default_command;  ///< May be left out on the command line; empty = none may.
  std::vector<CommandHelp> commands;
  std::vector<std::pair<std::string, std::string>> exit_codes;  ///< Code, meaning.
  std::vector<std::string> examples;
};

/// The commands of a parser's definition with their options. Types of values are told as people
/// write them: "N" for numbers, "a|b" for words.
[[nodiscard]] std::vector<CommandHelp> commands_of(const CLI::App& app);

/// What `--help` says after the commands: examples, exit codes, and where the options are.
[[nodiscard]] std::string help_footer(const ProgramHelp& program);

/// All commands of `shaketable`, taken from the definition that parses them.
[[nodiscard]] std::vector<CommandHelp> command_help();
/// `shaketable` itself, without its commands ...
[[nodiscard]] ProgramHelp program_outline();
/// ... and with them.
[[nodiscard]] ProgramHelp program_help();

/// What may stand at a positional argument: words, or nothing when it is a file.
[[nodiscard]] std::vector<std::string> words_of_positional(const OptionHelp& positional);

/// Completions for "bash", "zsh" or "fish"; empty for another shell. They are what
/// `PROGRAM completion SHELL` prints.
[[nodiscard]] std::string completion_script(const ProgramHelp& program, const std::string& shell);

/// The manual page, in the man(7) macros.
[[nodiscard]] std::string manual_page(const ProgramHelp& program);

}  // namespace shaketable::engine
