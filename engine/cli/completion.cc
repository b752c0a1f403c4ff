#include <algorithm>
#include <string_view>

#include "engine/cli/command_help.h"

namespace shaketable::engine {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::string joined_names(const std::vector<OptionHelp>& options) {
  std::string text;
  for (const OptionHelp& option : options) {
    text += (text.empty() ? "" : " ") + joined(option.names);
  }
  return text;
}

// Inside '...' of a shell.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + '\'';
}

std::string all_names(const ProgramHelp& program, std::string_view between) {
  std::string text;
  for (const CommandHelp& command : program.commands) {
    text += (text.empty() ? std::string() : std::string(between)) + command.name;
  }
  return text;
}

// "_shaketable_load": the function of a program in a shell.
std::string function_of(const ProgramHelp& program) {
  std::string name = '_' + program.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// ---- bash ---------------------------------------------------------------------------------------

void bash_value(const OptionHelp& option, std::string& out) {
  std::string pattern;
  for (const std::string& name : option.names) {
    pattern += (pattern.empty() ? "" : "|") + name;
  }
  out += "        " + pattern + ") ";
  if (const auto choices = option.choices(); !choices.empty()) {
    out += "COMPREPLY=($(compgen -W " + in_quotes(joined(choices)) + " -- \"$current\"))";
  } else if (option.value == "FILE") {
    out += "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$current\"))";
  } else if (option.value == "DIR") {
    out += "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$current\"))";
  } else {
    out += ":";
  }
  out += "; return ;;\n";
}

void bash_command(const CommandHelp& command, std::string& out) {
  out += "    " + command.name + ")\n      case $previous in\n";
  for (const OptionHelp& option : command.options) {
    if (!option.value.empty()) {
      bash_value(option, out);
    }
  }
  out += "      esac\n      if [[ $current == -* ]]; then\n        COMPREPLY=($(compgen -W " +
         in_quotes(joined_names(command.options)) + " -- \"$current\"))\n";
  if (!command.positionals.empty()) {
    const auto words = words_of_positional(command.positionals.front());
    const bool is_folder = command.positionals.front().names.front() == "DIR";
    out += "      else\n        ";
    out += !words.empty()
               ? "COMPREPLY=($(compgen -W " + in_quotes(joined(words)) + " -- \"$current\"))\n"
               : std::string("compopt -o filenames; COMPREPLY=($(compgen -") +
                     (is_folder ? "d" : "f") + " -- \"$current\"))\n";
  }
  out += "      fi ;;\n";
}

// What stands first: a command, or what its default one takes.
std::string bash_first(const ProgramHelp& program) {
  const std::string words =
      "compgen -W " + in_quotes(all_names(program, " ") + " --help") + " -- \"$current\"";
  if (program.default_command.empty()) {
    return "  if [[ COMP_CWORD -eq 1 ]]; then\n    COMPREPLY=($(" + words +
           "))\n    return\n  fi\n  local command=${COMP_WORDS[1]}\n";
  }
  return "  if [[ COMP_CWORD -eq 1 && $current != -* ]]; then\n    compopt -o filenames\n"
         "    COMPREPLY=($(" +
         words +
         ") $(compgen -f -- \"$current\"))\n    return\n  fi\n"
         "  local command=${COMP_WORDS[1]}\n  case $command in\n    " +
         all_names(program, "|") + ") ;;\n    *) command=" + program.default_command +
         " ;;  # may be left out\n  esac\n";
}

std::string bash_script(const ProgramHelp& program) {
  const std::string function = function_of(program);
  std::string out = "# bash completions for " + program.name + ": source <(" + program.name +
                    " completion bash)\n" + function +
                    "() {\n"
                    "  local current=${COMP_WORDS[COMP_CWORD]} "
                    "previous=${COMP_WORDS[COMP_CWORD-1]}\n"
                    "  # Before bash-completion's own splitting, '=' is a word of its own.\n"
                    "  if [[ $previous == '=' && COMP_CWORD -gt 2 ]]; then "
                    "previous=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
                    "  if [[ $current == '=' ]]; then current=; fi\n"
                    "  COMPREPLY=()\n" +
                    bash_first(program) + "  case $command in\n";
  for (const CommandHelp& command : program.commands) {
    bash_command(command, out);
  }
  return out + "  esac\n}\ncomplete -F " + function + ' ' + program.name + '\n';
}

// ---- zsh ----------------------------------------------------------------------------------------

// Inside the brackets of a specification of _arguments.
std::string zsh_about(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string zsh_action(const OptionHelp& option) {
  if (const auto choices = option.choices(); !choices.empty()) {
    return ":value:(" + joined(choices) + ')';
  }
  if (option.value == "FILE") {
    return ":file:_files";
  }
  if (option.value == "DIR") {
    return ":folder:_files -/";
  }
  return option.value.empty() ? "" : ":" + zsh_about(option.value) + ": ";
}

void zsh_command(const CommandHelp& command, std::string& out) {
  out += "    " + command.name + ")\n      _arguments";
  for (const OptionHelp& option : command.options) {
    for (const std::string& name : option.names) {
      const std::string repeat = option.is_repeated ? "*" : "";
      out += " \\\n        " +
             in_quotes(repeat + name + '[' + zsh_about(option.about) + ']' + zsh_action(option));
    }
  }
  for (const OptionHelp& positional : command.positionals) {
    const auto words = words_of_positional(positional);
    const std::string action = !words.empty()                      ? "(" + joined(words) + ')'
                               : positional.names.front() == "DIR" ? "_files -/"
                                                                   : "_files";
    out += " \\\n        " + in_quotes(std::string(positional.is_repeated ? "*" : "") + ":" +
                                       zsh_about(positional.about) + ":" + action);
  }
  out += " ;;\n";
}

// Which command is meant, and `words` as it would have them.
std::string zsh_first(const ProgramHelp& program) {
  if (program.default_command.empty()) {
    return "  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
           "  local command=$words[2]\n"
           "  shift words\n  (( CURRENT-- ))\n";
  }
  return "  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
         "    _describe command commands\n    _files\n    return\n  fi\n"
         "  local command=$words[2]\n"
         "  case $command in\n    " +
         all_names(program, "|") +
         ") shift words; (( CURRENT-- )) ;;\n    *) command=" + program.default_command +
         " ;;  # may be left out\n  esac\n";
}

std::string zsh_script(const ProgramHelp& program) {
  const std::string function = function_of(program);
  std::string out = "#compdef " + program.name + "\n# zsh completions for " + program.name +
                    "; in a file " + function + " in a folder of $fpath, or\n# source <(" +
                    program.name + " completion zsh)\n" + function +
                    "() {\n"
                    "  local -a commands\n  commands=(\n";
  for (const CommandHelp& command : program.commands) {
    out += "    " + in_quotes(command.name + ':' + zsh_about(command.about)) + '\n';
  }
  out += "  )\n" + zsh_first(program) + "  case $command in\n";
  for (const CommandHelp& command : program.commands) {
    zsh_command(command, out);
  }
  return out + "  esac\n}\nif [[ $funcstack[1] == " + function + " ]]; then\n  " + function +
         " \"$@\"\nelse\n  compdef " + function + ' ' + program.name + "\nfi\n";
}

// ---- fish ---------------------------------------------------------------------------------------

std::string fish_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + '\'';
}

void fish_option(const std::string& head, const OptionHelp& option, std::string& out) {
  out += head;
  for (const std::string& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (const auto choices = option.choices(); !choices.empty()) {
    out += " -x -a " + fish_text(joined(choices));
  } else if (option.value == "FILE") {
    out += " -r -F";
  } else if (option.value == "DIR") {
    out += " -x -a '(__fish_complete_directories)'";
  } else if (!option.value.empty()) {
    out += " -x";
  }
  out += " -d " + fish_text(option.about) + '\n';
}

// When the options of a command apply: it was typed, or no other one when it may be left out.
std::string fish_condition(const ProgramHelp& program, const CommandHelp& command) {
  if (command.name != program.default_command) {
    return "'__fish_seen_subcommand_from " + command.name + '\'';
  }
  std::string others;
  for (const CommandHelp& other : program.commands) {
    others += other.name == command.name ? std::string() : ' ' + other.name;
  }
  return "'not __fish_seen_subcommand_from" + others + '\'';
}

std::string fish_script(const ProgramHelp& program) {
  const std::string complete = "complete -c " + program.name;
  std::string out = "# fish completions for " + program.name + ": " + program.name +
                    " completion fish | source\n" + complete + " -f\n";
  for (const CommandHelp& command : program.commands) {
    out += complete + " -n __fish_use_subcommand -a " + command.name + " -d " +
           fish_text(command.about) + '\n';
  }
  for (const CommandHelp& command : program.commands) {
    const std::string head = complete + " -n " + fish_condition(program, command);
    for (const OptionHelp& option : command.options) {
      fish_option(head, option, out);
    }
    for (const OptionHelp& positional : command.positionals) {
      const auto words = words_of_positional(positional);
      out += head +
             (!words.empty() ? " -f -a " + fish_text(joined(words))
              : positional.names.front() == "DIR"
                  ? std::string(" -f -a '(__fish_complete_directories)'")
                  : std::string(" -F")) +
             '\n';
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const ProgramHelp& program, const std::string& shell) {
  if (shell == "bash") {
    return bash_script(program);
  }
  if (shell == "zsh") {
    return zsh_script(program);
  }
  return shell == "fish" ? fish_script(program) : std::string();
}

}  // namespace shaketable::engine
