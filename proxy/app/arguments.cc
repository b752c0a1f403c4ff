#include "proxy/app/arguments.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <string_view>

#include <CLI/CLI.hpp>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "proxy/app/proxy_words.h"

namespace shaketable::proxy::app {
namespace {

constexpr char kAbout[] =
    "shaketable-proxy is a sidecar and gateway for HTTP/1.1, HTTP/2, gRPC and TCP, with the\n"
    "policies that `shaketable` simulates.";

constexpr char kFooter[] =
    "Examples:\n"
    "  shaketable-proxy run proxy.yaml --admin 127.0.0.1:9901\n"
    "  shaketable-proxy run --mesh shop.yaml --workload cart-1 --app 127.0.0.1:8080 \\\n"
    "                   --endpoints endpoints.yaml --tls off\n"
    "  shaketable-proxy check proxy.yaml\n"
    "  shaketable-proxy certs --out certs --trust-domain mesh.test --workload cart\n"
    "\n"
    "Exit codes:\n"
    "  0 ended as asked   2 wrong arguments or an unusable file\n"
    "  3 a socket or file could not be opened\n"
    "\n"
    "`run` may be left out. `shaketable-proxy COMMAND --help` lists the options of a command.";

// Everything CLI11 fills, before it becomes one command.
struct Raw {
  RunArguments run;
  CheckArguments check;
  std::uint32_t concurrency = 0;
  std::string drain_time;
};

template <class Value>
using Words = std::map<std::string, Value>;

const Words<engine::ColorChoice>& color_words() {
  static const Words<engine::ColorChoice> kWords{{"auto", engine::ColorChoice::kAuto},
                                                 {"always", engine::ColorChoice::kAlways},
                                                 {"never", engine::ColorChoice::kNever}};
  return kWords;
}

const Words<live::LogLevel>& level_words() {
  static const Words<live::LogLevel> kWords{{"error", live::LogLevel::kError},
                                            {"warning", live::LogLevel::kWarning},
                                            {"info", live::LogLevel::kInfo},
                                            {"debug", live::LogLevel::kDebug},
                                            {"off", live::LogLevel::kOff}};
  return kWords;
}

const Words<live::Logger::Format>& format_words() {
  static const Words<live::Logger::Format> kWords{{"text", live::Logger::Format::kText},
                                                  {"json", live::Logger::Format::kJson}};
  return kWords;
}

const Words<live::AccessLogConfig::Format>& access_log_words() {
  static const Words<live::AccessLogConfig::Format> kWords = [] {
    Words<live::AccessLogConfig::Format> words;
    for (const auto& [word, value] : words::kAccessLog) {
      words.emplace(word, value);
    }
    return words;
  }();
  return kWords;
}

template <class Target, class Value>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Target& target,
                        const Words<Value>& words, const std::string& help) {
  std::string allowed;
  for (const auto& [word, unused] : words) {
    allowed += (allowed.empty() ? "" : "|") + word;
  }
  return app
      .add_option_function<std::string>(
          name,
          [&target, &words, name, allowed](const std::string& word) {
            const auto found = words.find(word);
            if (found == words.end()) {
              throw CLI::ValidationError(name, "'" + word + "' is none of " + allowed);
            }
            target = found->second;
          },
          help)
      ->type_name(allowed);
}

CLI::Option* add_text(CLI::App& app, const std::string& name, std::string& target,
                      const std::string& type, const std::string& help) {
  return app.add_option(name, target, help)->type_name(type);
}

/// `--mesh` and what belongs to it.
void add_mesh(CLI::App& app, LoadRequest& load) {
  constexpr char kGroup[] = "Sidecar of a mesh";
  static const Words<std::string> kTls{
      {"strict", "strict"}, {"permissive", "permissive"}, {"off", "off"}};
  static const Words<std::string> kProtocols{{"http1", "http1"}, {"http2", "http2"}};
  WorkloadRequest& it = load.sidecar;
  add_text(app, "--mesh", load.mesh, "FILE", "A mesh or a scenario, instead of a proxy's file")
      ->group(kGroup);
  add_text(app, "--workload", it.workload, "NAME", "Whose sidecar, as cart or cart-1")
      ->group(kGroup);
  add_text(app, "--app", it.app, "ADDRESS", "Where the application listens")->group(kGroup);
  add_choice(app, "--app-protocol", it.app_protocol, kProtocols,
             "What the application speaks [http1]")
      ->group(kGroup);
  add_text(app, "--endpoints", it.endpoints, "FILE", "Addresses of the other services; may change")
      ->group(kGroup);
  add_text(app, "--dns", it.dns_suffix, "SUFFIX",
           "Looks services up by their name and this, as .shop.svc:15006")
      ->group(kGroup);
  add_text(app, "--inbound", it.inbound, "ADDRESS", "Where the mesh comes in [0.0.0.0:15006]")
      ->group(kGroup);
  add_text(app, "--outbound", it.outbound, "ADDRESS",
           "Where the application goes out [127.0.0.1:15001]")
      ->group(kGroup);
  add_choice(app, "--tls", it.tls, kTls, "mTLS of what comes in [strict]")->group(kGroup);
  add_text(app, "--certificate", it.certificate, "FILE", "PEM: own certificate, its issuers")
      ->group(kGroup);
  add_text(app, "--key", it.key, "FILE", "PEM: its private key")->group(kGroup);
  add_text(app, "--ca", it.ca, "FILE", "PEM: the authority of the mesh")->group(kGroup);
  add_text(app, "--crl", it.crl, "FILE", "PEM: revocation lists")->group(kGroup);
  add_text(app, "--trust-domain", it.trust_domain, "NAME", "Of peers [the certificate's own]")
      ->group(kGroup);
}

/// What beats the file.
void add_overrides(CLI::App& app, Raw& raw, LoadRequest& load) {
  constexpr char kGroup[] = "Instead of the file's";
  app.add_option("--concurrency", raw.concurrency, "Workers, one core each")
      ->type_name("N")
      ->check(CLI::Range(1U, kMaxConcurrency).description(""))
      ->group(kGroup);
  add_text(app, "--admin", load.admin, "ADDRESS", "Statistics and control")->group(kGroup);
  add_text(app, "--node", load.node, "NAME", "Name in logs, traces and statistics")->group(kGroup);
  add_choice(app, "--access-log", load.access_log, access_log_words(), "One line a request")
      ->group(kGroup);
  add_text(app, "--drain-time", raw.drain_time, "TIME", "For what is under way at SIGTERM, as 30s")
      ->group(kGroup);
}

CLI::App* add_run(CLI::App& app, Raw& raw) {
  CLI::App* run = app.add_subcommand("run", "Runs a proxy until a signal ends it");
  RunArguments& it = raw.run;
  run->add_option("FILE,--config", it.load.config, "The proxy's file")->type_name("FILE");
  add_mesh(*run, it.load);
  add_overrides(*run, raw, it.load);
  add_text(*run, "--journal", it.journal, "FILE", "Records every input of the core, for `replay`");
  add_text(*run, "--hot-restart", it.hot_restart, "PATH",
           "Unix socket by which a successor takes the listeners over");
  add_choice(*run, "--log-level", it.log_level, level_words(), "Of standard error [info]");
  add_choice(*run, "--log-format", it.log_format, format_words(), "Of standard error [text]");
  add_choice(*run, "--color", it.color, color_words(), "Colours of remarks on files [auto]");
  return run;
}

CLI::App* add_check(CLI::App& app, Raw& raw) {
  CLI::App* check =
      app.add_subcommand("check", "Checks files, certificates among them, without running");
  CheckArguments& it = raw.check;
  check->add_option("FILE", it.files, "Files of proxies")->type_name("");
  add_mesh(*check, it.load);
  add_choice(*check, "--color", it.color, color_words(), "Colours [auto]");
  return check;
}

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
  const std::array<std::pair<const char*, const std::string*>, 11> only_mesh{{
      {"--workload", &it.workload},
      {"--app", &it.app},
      {"--app-protocol", &it.app_protocol},
      {"--endpoints", &it.endpoints},
      {"--dns", &it.dns_suffix},
      {"--tls", &it.tls},
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
  return std::nullopt;
}

Command run_command_of(Raw& raw, const CLI::App& run) {
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

Command check_command_of(const Raw& raw) {
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

constexpr std::string_view kCommands[] = {"run", "check", "certs", "schema", "version", "help"};

/// `run` may be left out before an option or a file.
bool lacks_run(const std::string& first) {
  if (first == "-h" || first == "--help") {
    return false;
  }
  const bool is_file = first.ends_with(".yaml") || first.ends_with(".yml") ||
                       first.ends_with(".json") || first.find('/') != std::string::npos;
  return first.starts_with('-') || is_file;
}

bool is_command(const std::string& word) {
  return std::find(std::begin(kCommands), std::end(kCommands), word) != std::end(kCommands);
}

/// A first argument that is neither a command nor a file.
Message unknown_command(const std::string& word) {
  const std::string nearest = engine::nearest_name(word, kCommands);
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
  return is_command(topics.front())
             ? Message{.text = app.get_subcommand(topics.front())->help("shaketable-proxy")}
             : unknown_command(topics.front());
}

}  // namespace

Command parse_arguments(std::span<const std::string> arguments) {
  CLI::App app{kAbout, "shaketable-proxy"};
  Raw raw;
  app.require_subcommand(1);
  app.get_formatter()->column_width(28);
  const CLI::App* run = add_run(app, raw);
  const CLI::App* check = add_check(app, raw);
  const CLI::App* schema =
      app.add_subcommand("schema", "Prints the JSON Schema of the proxy's file");
  app.add_subcommand("certs", "Makes certificates for tests");
  app.add_subcommand("version", "Prints the version");
  app.add_subcommand("help", "Explains the program or a command");
  app.footer(kFooter);  // After the commands, which would repeat it.
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
  if (!lacks_it && !first.starts_with('-') && !is_command(first)) {
    return unknown_command(first);
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
  if (run->parsed()) {
    return run_command_of(raw, *run);
  }
  if (check->parsed()) {
    return check_command_of(raw);
  }
  if (schema->parsed()) {
    return SchemaArguments{};
  }
  return VersionArguments{};
}

}  // namespace shaketable::proxy::app
