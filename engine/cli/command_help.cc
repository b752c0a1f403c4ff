#include "engine/cli/command_help.h"

#include <CLI/CLI.hpp>

#include "engine/cli/arguments_definition.h"
#include "engine/formats/codes.h"

namespace shaketable::engine {
namespace {

/// The parser's own words for numbers are "N" for people; all other types are written for them.
std::string value_of(const std::string& type) {
  const std::string name = type.substr(0, type.find(':'));
  return name == "UINT" || name == "INT" || name == "FLOAT" ? "N" : type;
}

OptionHelp about_option(const CLI::Option& option) {
  return {.names = {},
          .value = "",
          .about = option.get_description(),
          .is_required = option.get_required(),
          .is_repeated = option.get_items_expected_max() > 1};
}

/// An option may be positional, have names, or both.
void add_option(const CLI::Option& option, CommandHelp& command) {
  if (option.get_positional()) {
    OptionHelp help = about_option(option);
    help.names.push_back(option.get_name(/*positional=*/true));
    command.positionals.push_back(std::move(help));
  }
  OptionHelp help = about_option(option);
  help.value = value_of(option.get_type_name());
  for (const std::string& name : option.get_snames()) {
    help.names.push_back('-' + name);
  }
  for (const std::string& name : option.get_lnames()) {
    help.names.push_back("--" + name);
  }
  if (!help.names.empty()) {
    command.options.push_back(std::move(help));
  }
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

std::vector<CommandHelp> commands_of(const CLI::App& app) {
  std::vector<CommandHelp> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    CommandHelp help{.name = command->get_name(),
                     .about = command->get_description(),
                     .options = {},
                     .positionals = {}};
    for (const CLI::Option* option : command->get_options()) {
      add_option(*option, help);
    }
    commands.push_back(std::move(help));
  }
  return commands;
}

std::vector<CommandHelp> command_help() {
  CLI::App app;
  RawArguments raw;
  define_command_line(app, raw);
  return commands_of(app);
}

std::string help_footer(const ProgramHelp& program) {
  std::string text = "Examples:\n";
  for (const std::string& example : program.examples) {
    text += "  " + example + '\n';
  }
  text += "\nExit codes:\n";
  for (const auto& [code, meaning] : program.exit_codes) {
    text += "  " + code + std::string(5 - code.size(), ' ') + meaning + '\n';
  }
  text += '\n';
  if (!program.default_command.empty()) {
    text += '`' + program.default_command + "` may be left out. ";
  }
  return text + '`' + program.name + " COMMAND --help` lists the options of a command.";
}

ProgramHelp program_outline() {
  return {.name = "shaketable",
          .purpose = "run a service mesh in virtual time, break it, and judge whether it held",
          .about =
              "Shaketable runs a service mesh in virtual time, breaks it as a scenario says,\n"
              "and judges whether it held.",
          .default_command = "",
          .commands = {},
          .exit_codes = {{"0", "Every expectation held."},
                         {"1", "An expectation did not hold."},
                         {"2", "Wrong arguments, or a file that cannot be used; nothing was run."},
                         {"3", "The run or one of its outputs failed."},
                         {"4", "Worse than a baseline by more than is allowed."},
                         {"130", "Interrupted; the result up to then was judged and written."}},
          .examples = {
              "shaketable init && shaketable run scenario.yaml",
              "shaketable run scenarios/*.yaml -j 2 --junit results.xml",
              "shaketable run shop.yaml --seed 7 --set services.catalog.instances=5 --html "
              "page.html",
              "shaketable run shop.yaml --runs 10 -j 2 --json after.json --baseline before.json",
              "shaketable compare shop.yaml --set-after services.catalog.instances=5",
              "shaketable report result.json -o page.html", "shaketable check shop.yaml",
              "shaketable capacity shop.yaml --slo 'p99 < 300ms' --slo 'error_rate < 1%'"}};
}

ProgramHelp program_help() {
  ProgramHelp help = program_outline();
  help.commands = command_help();
  return help;
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
