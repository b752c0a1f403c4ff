#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/cli/streams.h"
#include "loadgen/core/run_start.h"
#include "loadgen/live/transport_config.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::app {

/// `shaketable-load [run] URL|FILE`.
struct RunArguments {
  std::string what;                     ///< URL, or a load file.
  std::string target;                   ///< URL; where the load of a file goes instead.
  std::vector<std::string> overrides;   ///< Of a file: "KEY=VALUE".
  std::vector<std::string> thresholds;  ///< "p99 < 300ms"

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

  live::TransportConfig transport;
  std::string http;                  ///< "", "any", "1" or "2".
  std::vector<std::string> resolve;  ///< "name:address"
  std::uint32_t threads = 1;
  Share share;
  std::string start_at;  ///< Unix time in seconds, or "+10s".
  proxy::Duration grace = std::chrono::seconds(5);
  bool yes = false;

  // what is told
  std::string json;  ///< File, "-" = standard output, empty = none.
  std::vector<std::uint32_t> quantiles_ppm;
  proxy::Duration console_update = std::chrono::milliseconds(200);
  bool quiet = false;
  int verbose = 0;
  engine::ColorChoice color = engine::ColorChoice::kAuto;
};

/// `shaketable-load merge FILE...`
struct MergeArguments {
  std::vector<std::string> files;
  std::string json;
  std::vector<std::uint32_t> quantiles_ppm;
  engine::ColorChoice color = engine::ColorChoice::kAuto;
};

struct VersionArguments {};

/// Nothing to run: help that was asked for, or a wrong argument.
struct Message {
  std::string text;
  bool is_error = false;
};

using Command = std::variant<Message, RunArguments, MergeArguments, VersionArguments>;

/// Reads the arguments behind the program's name. `run` may be left out.
[[nodiscard]] Command parse_arguments(std::span<const std::string> arguments);

}  // namespace shaketable::loadgen::app
