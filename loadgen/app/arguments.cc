#include "loadgen/app/arguments.h"

#include <functional>
#include <sstream>
#include <utility>

#include <CLI/CLI.hpp>

#include "loadgen/app/argument_options.h"
#include "loadgen/app/command_text.h"

namespace shaketable::loadgen::app {
namespace {

constexpr char kAbout[] =
    "shaketable-load puts load on HTTP/1.1 and HTTP/2 servers: a URL, or the journeys of a file.\n"
    "Latencies count from when a request was due, so that a server that stalls cannot hide it.";

constexpr char kFooter[] =
    "Examples:\n"
    "  shaketable-load http://127.0.0.1:8080/ -c 10 -d 10s\n"
    "  shaketable-load http://127.0.0.1:8080/cart -n 1000 -m POST --data @cart.json\n"
    "  shaketable-load https://127.0.0.1:8443/ --rate 2000/s -d 1m --insecure --json result.json\n"
    "  shaketable-load shop-load.yaml --threads 2\n"
    "  shaketable-load merge one.json two.json\n"
    "\n"
    "Exit codes:\n"
    "  0 ended as asked   1 a threshold was missed, or --fail   2 wrong arguments or an unusable "
    "file\n"
    "  3 it could not run   130 interrupted: the report tells what was done\n"
    "\n"
    "`run` may be left out. `shaketable-load COMMAND --help` lists the options of a command.";

Message usage(const std::string& text) {
  return {.text = "shaketable-load: " + text + "\nTry `shaketable-load --help`.\n",
          .is_error = true};
}

bool is_command(const std::string& word) {
  return word == "run" || word == "merge" || word == "version" || word == "help" || word == "-h" ||
         word == "--help" || word == "--version";
}

}  // namespace

Command parse_arguments(std::span<const std::string> arguments) {
  CLI::App app{kAbout, "shaketable-load"};
  RawArguments raw;
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  CLI::App* const run = add_run(app, raw);
  CLI::App* const merge = add_merge(app, raw);
  app.add_subcommand("version", "Prints the version");
  app.add_subcommand("help", "Explains the program or a command");
  app.footer(kFooter);
  if (arguments.empty()) {
    return Message{.text = app.help(), .is_error = true};
  }
  const std::string& first = arguments.front();
  if (first == "--version") {
    return VersionArguments{};
  }
  if (first == "help") {
    const bool knows = arguments.size() > 1 && (arguments[1] == "run" || arguments[1] == "merge");
    return Message{.text = knows ? app.get_subcommand(arguments[1])->help("shaketable-load")
                                 : app.help()};
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    if (!is_command(first)) {
      reversed.emplace_back("run");
    }
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    return app.exit(error, out, err) == 0 ? Message{.text = out.str()} : usage(error.what());
  }
  if (run->parsed()) {
    raw.run.typed.assign(arguments.begin(), arguments.end());
    raw.run.command = command_text(arguments);
    auto finished = finish_run(raw, *run);
    return finished ? Command(std::move(*finished)) : Command(usage(finished.error().message));
  }
  if (merge->parsed()) {
    auto finished = finish_merge(raw);
    return finished ? Command(std::move(*finished)) : Command(usage(finished.error().message));
  }
  return VersionArguments{};
}

}  // namespace shaketable::loadgen::app
