#include "proxy/app/arguments.h"

#include <array>
#include <sstream>
#include <string_view>

#include <CLI/CLI.hpp>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "proxy/app/argument_options.h"
#include "proxy/app/program_help.h"

namespace shaketable::proxy::app {
namespace {

Message usage(const std::string& text) {
  return {.text = "shaketable-proxy: " + text + "\nTry `shaketable-proxy --help`.\n",
          .is_error = true};
}

/// A duration as files have it; the mistake otherwise.
tl::expected<Duration, Message> duration_of(const std::string& option, const std::string& text) {
  engine::Diagnostics diagnostics;
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "''" : std::string(1, c);
  }
  const auto documents = engine::parse_documents(option, quoted + "'\n", diagnostics);
  const auto duration = documents ? engine::read_duration(&documents->front().root(), diagnostics,
                                                          {{}, kMaxDrainTime})
                                  : std::nullopt;
  if (duration) {
    return *duration;
  }
  return tl::unexpected(usage(option + ": '" + text + "' is no duration up to 24h, such as 30s"));
}

/// What CLI11 cannot know about the source of a configuration.
std::optional<Message> check_source(const LoadRequest& load, bool has_file) {
  const WorkloadRequest& it = load.sidecar;
  if (has_file && !load.mesh.empty()) {
    return usage("a proxy's file and --mesh exclude each other");
  }
  if (!has_file && load.mesh.empty()) {
    return usage("nothing to read: give a proxy's file, or --mesh and --workload");
  }
  const std::array<std::pair<const char*, const std::string*>, 12> only_mesh{{
      {"--workload", &it.workload},
      {"--app", &it.app},
      {"--app-protocol", &it.app_protocol},
      {"--endpoints", &it.endpoints},
      {"--dns", &it.dns_suffix},
      {"--tls", &it.tls},
      {"--certs", &it.certs},
      {"--certificate", &it.certificate},
      {"--key", &it.key},
      {"--ca", &it.ca},
      {"--crl", &it.crl},
      {"--trust-domain", &it.trust_domain},
  }};
  for (const auto& [option, value] : only_mesh) {
    if (load.mesh.empty() && !value->empty()) {
      return usage(std::string(option) + " belongs to --mesh");
    }
  }
  for (const std::string* file : {&it.certificate, &it.key, &it.ca}) {
    if (!it.certs.empty() && !file->empty()) {
      return usage("--certs is the folder of --certificate, --key and --ca: give it, or these");
    }
  }
  return std::nullopt;
}

Command run_command_of(RawArguments& raw, const CLI::App& run) {
  LoadRequest& load = raw.run.load;
  if (auto message = check_source(load, !load.config.empty())) {
    return *message;
  }
  if (run.count("--concurrency") > 0) {
    load.concurrency = raw.concurrency;
  }
  if (run.count("--drain-time") > 0) {
    const auto duration = duration_of("--drain-time", raw.drain_time);
    if (!duration) {
      return duration.error();
    }
    load.drain_time = *duration;
  }
  return raw.run;
}

Command check_command_of(const RawArguments& raw) {
  const CheckArguments& check = raw.check;
  if (auto message = check_source(check.load, !check.files.empty())) {
    return *message;
  }
  return check;
}

Message message_of(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream err;
  if (app.exit(error, out, err) == 0) {
    return {.text = out.str(), .is_error = false};
  }
  return usage(error.what());
}

/// `run` may be left out before an option or a file.
bool lacks_run(const std::string& first) {
  if (first == "-h" || first == "--help") {
    return false;
  }
  const bool is_file = first.ends_with(".yaml") || first.ends_with(".yml") ||
                       first.ends_with(".json") || first.find('/') != std::string::npos;
  return first.starts_with('-') || is_file;
}

bool is_command(const CLI::App& app, const std::string& word) {
  return !app.get_subcommands([&](const CLI::App* it) { return it->get_name() == word; }).empty();
}

/// A first argument that is neither a command nor a file.
Message unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string_view> names;
  for (const CLI::App* it : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.emplace_back(it->get_name());
  }
  const std::string nearest = engine::nearest_name(word, names);
  return usage("no command is named '" + engine::printable(word, 60) + "'" +
               (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

Command help_of(const CLI::App& app, std::span<const std::string> topics) {
  if (topics.empty() || topics.front() == "help") {
    return Message{.text = app.help()};
  }
  if (topics.front() == "certs") {
    return CertsArguments{{"--help"}};
  }
  return is_command(app, topics.front())
             ? Message{.text = app.get_subcommand(topics.front())->help("shaketable-proxy")}
             : unknown_command(app, topics.front());
}

Command command_of(const CLI::App& chosen, RawArguments& raw) {
  const std::string& name = chosen.get_name();
  if (name == "run") {
    return run_command_of(raw, chosen);
  }
  if (name == "check") {
    return check_command_of(raw);
  }
  if (name == "replay") {
    return raw.replay;
  }
  if (name == "schema") {
    return SchemaArguments{};
  }
  if (name == "completion") {
    return raw.completion;
  }
  return name == "man" ? Command(ManualArguments{}) : Command(VersionArguments{});
}

}  // namespace

Command parse_arguments(std::span<const std::string> arguments) {
  CLI::App app{program_outline().about, "shaketable-proxy"};
  RawArguments raw;
  app.require_subcommand(1);
  app.get_formatter()->column_width(28);
  define_command_line(app, raw);
  app.footer(engine::help_footer(program_outline()));  // After the commands, which would repeat it.
  if (arguments.empty()) {
    return Message{.text = app.help(), .is_error = true};
  }
  if (arguments.front() == "certs") {
    return CertsArguments{{arguments.begin() + 1, arguments.end()}};
  }
  if (arguments.front() == "help") {
    return help_of(app, arguments.subspan(1));
  }
  if (arguments.front() == "--version") {
    return VersionArguments{};
  }
  const std::string& first = arguments.front();
  const bool lacks_it = lacks_run(first);
  if (!lacks_it && !first.starts_with('-') && !is_command(app, first)) {
    return unknown_command(app, first);
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    if (lacks_it) {
      reversed.emplace_back("run");
    }
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return message_of(app, error);
  }
  return command_of(*app.get_subcommands().front(), raw);
}

}  // namespace shaketable::proxy::app
