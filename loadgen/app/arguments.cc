#include "loadgen/app/arguments.h"

#include <sstream>
#include <utility>

#include <CLI/CLI.hpp>

#include "loadgen/app/argument_options.h"
#include "loadgen/app/command_text.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/app/program_help.h"

namespace shaketable::loadgen::app {
namespace {

Message usage(const std::string& text) {
  return {.text = std::string(kProgram) + ": " + text + "\nTry `shaketable-load --help`.\n",
          .is_error = true};
}

bool is_command(const CLI::App& app, const std::string& word) {
  return !app.get_subcommands([&](const CLI::App* it) { return it->get_name() == word; }).empty();
}

Message help_of(const CLI::App& app, std::span<const std::string> topics) {
  const bool knows = !topics.empty() && topics.front() != "help" && is_command(app, topics.front());
  return {.text = knows ? app.get_subcommand(topics.front())->help(app.get_name()) : app.help()};
}

/// What the parsed arguments ask for.
Command command_of(const CLI::App& chosen, RawArguments& raw,
                   std::span<const std::string> arguments) {
  const std::string& name = chosen.get_name();
  if (name == "run") {
    raw.run.typed.assign(arguments.begin(), arguments.end());
    raw.run.command = command_text(arguments);
    auto finished = finish_run(raw, chosen);
    return finished ? Command(std::move(*finished)) : Command(usage(finished.error().message));
  }
  if (name == "merge") {
    auto finished = finish_merge(raw);
    return finished ? Command(std::move(*finished)) : Command(usage(finished.error().message));
  }
  if (name == "completion") {
    return raw.completion;
  }
  return name == "man" ? Command(ManualArguments{}) : Command(VersionArguments{});
}

}  // namespace

Command parse_arguments(std::span<const std::string> arguments) {
  CLI::App app{program_outline().about, kProgram};
  RawArguments raw;
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  define_command_line(app, raw);
  app.footer(engine::help_footer(program_outline()));
  if (arguments.empty()) {
    return Message{.text = app.help(), .is_error = true};
  }
  const std::string& first = arguments.front();
  if (first == "--version") {
    return VersionArguments{};
  }
  if (first == "help") {
    return help_of(app, arguments.subspan(1));
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    if (first != "-h" && first != "--help" && !is_command(app, first)) {
      reversed.emplace_back("run");
    }
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    return app.exit(error, out, err) == 0 ? Message{.text = out.str()} : usage(error.what());
  }
  return command_of(*app.get_subcommands().front(), raw, arguments);
}

}  // namespace shaketable::loadgen::app
