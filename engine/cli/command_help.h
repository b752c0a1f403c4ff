#pragma once

#include <string>
#include <vector>

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

/// All commands with their options, taken from the definition that parses them.
[[nodiscard]] std::vector<CommandHelp> command_help();

/// What may stand at a positional argument: words, or nothing when it is a file.
[[nodiscard]] std::vector<std::string> words_of_positional(const OptionHelp& positional);

/// Completions for "bash", "zsh" or "fish"; empty for another shell.
[[nodiscard]] std::string completion_script(const std::string& shell);

/// The manual page, in the man(7) macros.
[[nodiscard]] std::string manual_page();

}  // namespace shaketable::engine
