#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/cli/help_commands.h"
#include "engine/cli/streams.h"
#include "engine/formats/molotov_config.h"
#include "loadgen/core/run_start.h"
#include "loadgen/live/transport_config.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::app {

/// Reports of a result: a file each, "-" = standard output (one of them), empty = none.
struct ReportFiles {
  std::string json, csv, csv_series, junit, prometheus, html;

  friend bool operator==(const ReportFiles&, const ReportFiles&) = default;
};

/// `shaketable-load [run] URL|FILE`.
struct RunArguments {
  std::string what;                           ///< URL, or a load file.
  std::string target;                         ///< URL; where the load of a file goes instead.
  std::vector<std::string> overrides;         ///< Of a file: "KEY=VALUE".
  std::vector<std::string> thresholds;        ///< "p99 < 300ms"
  std::vector<std::string> abort_thresholds;  ///< The same, and they end the run.

  // what a URL is loaded with
  std::string method;
  std::vector<std::string> headers;  ///< "name: value"
  std::string data;                  ///< Body, or "@file".
  std::string content_type;
  std::string user;  ///< "name:password", basic authentication.
  std::string bearer;
  std::uint64_t requests = 0;  ///< In all; 0 = until the time is over.
  std::uint32_t redirects = 0;

  // how much; absent: what the file says, or the default
  std::optional<std::uint32_t> workers;
  std::optional<proxy::Duration> duration;
  std::optional<std::uint64_t> max_runs;
  std::optional<std::uint64_t> rate_ups;  ///< Open loop.
  std::optional<proxy::Duration> ramp_up;
  std::optional<proxy::Duration> delay;
  std::optional<proxy::Duration> timeout;
  std::optional<std::uint64_t> seed;
  std::string arrivals;   ///< "", "constant" or "poisson".
  std::string when_full;  ///< "", "drop" or "wait".
  std::uint64_t max_in_flight = 0;

  // which
  bool single_run = false;
  std::string single_mode;
  bool stop_on_failure = false;
  std::uint64_t fail = 0;
  std::uint32_t processes = 1;                 ///< Molotov's: they ramp up side by side.
  std::string config;                          ///< molotov.json; `what` is a test of it, or a load.
  std::optional<engine::MolotovTest> molotov;  ///< The test, once `config` was read.

  // sizing
  bool sizing = false;
  double sizing_tolerance_percent = 5;  ///< Failed requests.
  std::uint64_t sizing_most = 0;        ///< No level above it; 0 = as the kind of level has it.
  double sizing_precision_percent = 5;
  std::uint32_t sizing_confirmations = 1;
  proxy::Duration sizing_trial = std::chrono::seconds(10);
  proxy::Duration sizing_settle = std::chrono::seconds(2);  ///< Of a trial, before it counts.

  // instead of a run
  std::string emit;  ///< "kubernetes", "slurm", "parallel" or "load-file".
  std::uint32_t generators = 4;
  std::string image = "shaketable:latest";

  live::TransportConfig transport;
  std::optional<std::uint32_t> connections;  ///< Absent: as the load needs.
  std::string http;                          ///< "", "any", "1" or "2".
  std::vector<std::string> resolve;          ///< "name:address"
  std::uint32_t threads = 1;
  Share share;
  std::string start_at;  ///< Unix time in seconds, or "+10s".
  proxy::Duration grace = std::chrono::seconds(5);
  bool yes = false;

  // what is told
  ReportFiles reports;
  std::string ndjson;  ///< A line for each second while it runs; "-" = standard output.
  std::string statsd;  ///< "host:port"; empty = none.
  std::string statsd_prefix = "shaketable_load";
  std::vector<std::string> typed;  ///< All arguments.
  std::string command;             ///< All arguments as typed but secrets, for the reports.
  std::vector<std::uint32_t> quantiles_ppm;
  proxy::Duration console_update = std::chrono::milliseconds(200);
  bool quiet = false;
  int verbose = 0;
  engine::ColorChoice color = engine::ColorChoice::kAuto;
};

/// `shaketable-load merge FILE...`
struct MergeArguments {
  std::vector<std::string> files;
  std::vector<std::string> thresholds;  ///< Of the sum: "p99 < 300ms".
  ReportFiles reports;
  std::vector<std::uint32_t> quantiles_ppm;
  engine::ColorChoice color = engine::ColorChoice::kAuto;
};

using engine::CompletionArguments;
using engine::ManualArguments;
struct VersionArguments {};

/// Nothing to run: help that was asked for, or a wrong argument.
struct Message {
  std::string text;
  bool is_error = false;
};

using Command = std::variant<Message, RunArguments, MergeArguments, CompletionArguments,
                             ManualArguments, VersionArguments>;

/// Reads the arguments behind the program's name. `run` may be left out.
[[nodiscard]] Command parse_arguments(std::span<const std::string> arguments);

}  // namespace shaketable::loadgen::app
