#include "engine/cli/command_help.h"

#include <CLI/CLI.hpp>

#include "engine/cli/arguments_definition.h"
#include "engine/formats/codes.h"

namespace shaketable::engine {
namespace {

OptionHelp help_of(const CLI::Option& option) {
  OptionHelp help{.names = {},
                  .value = option.get_positional() ? std::string() : option.get_type_name(),
                  .about = option.get_description(),
                  .is_required = option.get_required(),
                  .is_repeated = option.get_items_expected_max() > 1};
  if (option.get_positional()) {
    help.names.push_back(option.get_name());
    return help;
  }
  for (const std::string& name : option.get_snames()) {
    help.names.push_back('-' + name);
  }
  for (const std::string& name : option.get_lnames()) {
    help.names.push_back("--" + name);
  }
  return help;
}

}  // namespace

std::vector<std::string> OptionHelp::choices() const {
  std::vector<std::string> words;
  if (value.find('|') == std::string::npos) {
    return words;
  }
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t end = std::min(value.find('|', at), value.size());
    words.push_back(value.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::vector<CommandHelp> command_help() {
  CLI::App app;
  RawArguments raw;
  define_command_line(app, raw);
  std::vector<CommandHelp> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    CommandHelp help{.name = command->get_name(),
                     .about = command->get_description(),
                     .options = {},
                     .positionals = {}};
    for (const CLI::Option* option : command->get_options()) {
      (option->get_positional() ? help.positionals : help.options).push_back(help_of(*option));
    }
    commands.push_back(std::move(help));
  }
  return commands;
}

std::vector<std::string> words_of_positional(const OptionHelp& positional) {
  const std::string& name = positional.names.front();
  if (name == "SHELL") {
    return {"bash", "zsh", "fish"};
  }
  if (name == "FORMAT") {
    return {"scenario", "result", "ndjson"};
  }
  std::vector<std::string> words;
  if (name == "CODE") {
    for (const CodeInfo& code : code_table()) {
      words.emplace_back(code.code);
    }
  }
  return words;
}

}  // namespace shaketable::engine
