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

std::vector<std::string> names_of(const std::vector<CommandHelp>& commands) {
  std::vector<std::string> names;
  for (const CommandHelp& command : commands) {
    names.push_back(command.name);
  }
  return names;
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

std::string bash_script(const std::vector<CommandHelp>& commands) {
  std::string out =
      "# bash completions for shaketable: source <(shaketable completion bash)\n"
      "_shaketable() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  # Before bash-completion's own splitting, '=' is a word of its own.\n"
      "  if [[ $previous == '=' && COMP_CWORD -gt 2 ]]; then "
      "previous=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
      "  if [[ $current == '=' ]]; then current=; fi\n"
      "  COMPREPLY=()\n"
      "  if [[ COMP_CWORD -eq 1 ]]; then\n    COMPREPLY=($(compgen -W " +
      in_quotes(joined(names_of(commands)) + " --help") +
      " -- \"$current\"))\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n";
  for (const CommandHelp& command : commands) {
    bash_command(command, out);
  }
  return out + "  esac\n}\ncomplete -F _shaketable shaketable\n";
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

std::string zsh_script(const std::vector<CommandHelp>& commands) {
  std::string out =
      "#compdef shaketable\n"
      "# zsh completions for shaketable; in a file _shaketable in a folder of $fpath, or\n"
      "# source <(shaketable completion zsh)\n"
      "_shaketable() {\n"
      "  local -a commands\n  commands=(\n";
  for (const CommandHelp& command : commands) {
    out += "    " + in_quotes(command.name + ':' + zsh_about(command.about)) + '\n';
  }
  out +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n  (( CURRENT-- ))\n"
      "  case $command in\n";
  for (const CommandHelp& command : commands) {
    zsh_command(command, out);
  }
  return out +
         "  esac\n}\n"
         "if [[ $funcstack[1] == _shaketable ]]; then\n  _shaketable \"$@\"\n"
         "else\n  compdef _shaketable shaketable\nfi\n";
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

void fish_option(const std::string& condition, const OptionHelp& option, std::string& out) {
  out += "complete -c shaketable -n " + condition;
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

std::string fish_script(const std::vector<CommandHelp>& commands) {
  std::string out =
      "# fish completions for shaketable: shaketable completion fish | source\n"
      "complete -c shaketable -f\n";
  for (const CommandHelp& command : commands) {
    out += "complete -c shaketable -n __fish_use_subcommand -a " + command.name + " -d " +
           fish_text(command.about) + '\n';
  }
  for (const CommandHelp& command : commands) {
    const std::string condition = "'__fish_seen_subcommand_from " + command.name + '\'';
    for (const OptionHelp& option : command.options) {
      fish_option(condition, option, out);
    }
    for (const OptionHelp& positional : command.positionals) {
      const auto words = words_of_positional(positional);
      const std::string what = !words.empty() ? " -f -a " + fish_text(joined(words))
                               : positional.names.front() == "DIR"
                                   ? " -f -a '(__fish_complete_directories)'"
                                   : " -F";
      out += "complete -c shaketable -n " + condition + what + '\n';
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const std::string& shell) {
  const std::vector<CommandHelp> commands = command_help();
  if (shell == "bash") {
    return bash_script(commands);
  }
  if (shell == "zsh") {
    return zsh_script(commands);
  }
  return shell == "fish" ? fish_script(commands) : std::string();
}

}  // namespace shaketable::engine
