#include "proxy/app/argument_options.h"

#include <map>

#include <CLI/CLI.hpp>

#include "proxy/app/proxy_words.h"

namespace shaketable::proxy::app {
namespace {

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
  add_text(app, "--certs", it.certs, "DIR",
           "Folder of `shaketable-proxy certs`: instead of the next four")
      ->group(kGroup);
  add_text(app, "--certificate", it.certificate, "FILE", "PEM: own certificate, its issuers")
      ->group(kGroup);
  add_text(app, "--key", it.key, "FILE", "PEM: its private key")->group(kGroup);
  add_text(app, "--ca", it.ca, "FILE", "PEM: the authority of the mesh")->group(kGroup);
  add_text(app, "--crl", it.crl, "FILE", "PEM: revocation lists")->group(kGroup);
  add_text(app, "--trust-domain", it.trust_domain, "NAME", "Of peers [the certificate's own]")
      ->group(kGroup);
}

/// What beats the file.
void add_overrides(CLI::App& app, RawArguments& raw, LoadRequest& load) {
  constexpr char kGroup[] = "Instead of the file's";
  app.add_option("--concurrency", raw.concurrency, "Workers, one core each")
      ->type_name("N")
      ->check(CLI::Range(1U, kMaxConcurrency).description(""))
      ->group(kGroup);
  add_text(app, "--admin", load.admin, "ADDRESS", "Statistics and control")->group(kGroup);
  add_text(app, "--dns-server", load.dns_server, "ADDRESS",
           "Name server for endpoints, as 127.0.0.1:8600 [those of resolv.conf]")
      ->group(kGroup);
  add_text(app, "--node", load.node, "NAME", "Name in logs, traces and statistics")->group(kGroup);
  add_choice(app, "--access-log", load.access_log, access_log_words(), "One line a request")
      ->group(kGroup);
  add_text(app, "--drain-time", raw.drain_time, "TIME", "For what is under way at SIGTERM, as 30s")
      ->group(kGroup);
}

void add_run(CLI::App& app, RawArguments& raw) {
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
}

void add_check(CLI::App& app, RawArguments& raw) {
  CLI::App* check =
      app.add_subcommand("check", "Checks files, certificates among them, without running");
  CheckArguments& it = raw.check;
  check->add_option("FILE", it.files, "Files of proxies")->type_name("");
  add_mesh(*check, it.load);
  add_choice(*check, "--color", it.color, color_words(), "Colours [auto]");
}

void add_replay(CLI::App& app, RawArguments& raw) {
  CLI::App* replay = app.add_subcommand(
      "replay", "Feeds journals to a fresh core, which must do again what was done");
  replay->add_option("FILE", raw.replay.files, "Journals")->required()->type_name("");
}

}  // namespace

void define_command_line(CLI::App& app, RawArguments& raw) {
  add_run(app, raw);
  add_check(app, raw);
  add_replay(app, raw);
  app.add_subcommand("schema", "Prints the JSON Schema of the proxy's file");
  app.add_subcommand("certs", "Makes certificates for tests");
  engine::add_help_commands(app, raw.completion);
  app.add_subcommand("version", "Prints the version");
  app.add_subcommand("help", "Explains the program or a command");
}

}  // namespace shaketable::proxy::app
