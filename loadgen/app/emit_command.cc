#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/molotov_config.h"
#include "loadgen/app/argument_values.h"
#include "loadgen/app/batch_script.h"
#include "loadgen/app/kubernetes_job.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/app/load_source.h"
#include "loadgen/app/prepared_run.h"
#include "loadgen/app/report.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;
using engine::Streams;
using proxy::Result;

/// Seconds, when nobody says when to start: for a manifest to be applied and its pods to be there,
/// for the processes of a script.
constexpr std::int64_t kTimeToApply = 120;
constexpr std::int64_t kTimeToBegin = 10;
/// What a ConfigMap takes, with room for the rest of it.
constexpr std::size_t kMostConfigBytes = 900 * 1024;

/// The agreed moment in seconds.
struct Start {
  std::int64_t at = 0;
  bool is_relative = false;  ///< After whatever was emitted is started, else Unix time.
};

Result<Start> start_of(const std::string& at, std::int64_t otherwise) {
  if (at.empty()) {
    return Start{otherwise, true};
  }
  if (at.starts_with('+')) {
    const auto time = duration_value(at.substr(1));
    if (!time) {
      return tl::unexpected(time.error());
    }
    return Start{std::chrono::ceil<std::chrono::seconds>(*time).count(), true};
  }
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(at.data(), at.data() + at.size(), seconds);
  if (error != std::errc{} || end != at.data() + at.size()) {
    return proxy::fail("--start-at: '" + at + "' is no time", "", "Unix time in seconds, or +10s");
  }
  return Start{seconds, false};
}

/// The arguments that each generator gets: all but what is about this command or one machine.
std::vector<std::string> arguments_of_pod(const std::vector<std::string>& typed) {
  constexpr std::array<std::string_view, 13> kWithValue = {
      "--emit", "--generators", "--image",      "--start-at", "--shard",      "--json", "--html",
      "--csv",  "--junit",      "--csv-series", "--ndjson",   "--prometheus", "--color"};
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    const std::string name = typed[i].substr(0, typed[i].find('='));
    const bool is_dropped =
        std::find(kWithValue.begin(), kWithValue.end(), name) != kWithValue.end();
    if (is_dropped) {
      i += typed[i].find('=') == std::string::npos ? 1 : 0;
    } else if (name != "-q" && name != "--quiet" && name != "-v" && name != "--verbose" &&
               (typed[i] != "run" || i > 0)) {
      kept.push_back(typed[i]);
    }
  }
  return kept;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return proxy::fail("it cannot be read", path);
  }
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.size() > kMostConfigBytes) {
    return proxy::fail("it is too large for a ConfigMap", path, "at most 900 KiB");
  }
  return text;
}

ExitCode emit_script(const RunArguments& arguments, const Streams& streams) {
  // The generators of a script are told the moment by whoever starts it, so that they agree.
  const auto start = start_of(arguments.start_at, kTimeToBegin);
  if (!start) {
    complain(streams, start.error());
    return ExitCode::kUsage;
  }
  const BatchScript script{
      .arguments = arguments_of_pod(arguments.typed),
      .generators = arguments.generators,
      .start_at = start->at,
      .is_relative = start->is_relative,
      .file = is_load_file_name(arguments.what) ? arguments.what : std::string()};
  streams.out << (arguments.emit == "slurm" ? slurm_text(script) : parallel_text(script));
  return ExitCode::kPassed;
}

ExitCode emit_kubernetes(const RunArguments& arguments, const Streams& streams) {
  const auto start = start_of(arguments.start_at, kTimeToApply);
  if (!start) {
    complain(streams, start.error());
    return ExitCode::kUsage;
  }
  KubernetesJob job{.arguments = arguments_of_pod(arguments.typed),
                    .generators = arguments.generators,
                    .image = arguments.image,
                    .start_at = start->at + (start->is_relative ? unix_time_ms() / 1'000 : 0)};
  if (is_load_file_name(arguments.what)) {
    auto text = read_file(arguments.what);
    if (!text) {
      complain(streams, text.error());
      return ExitCode::kUsage;
    }
    job.file = arguments.what;
    job.file_text = std::move(*text);
  }
  streams.out << kubernetes_text(job);
  return ExitCode::kPassed;
}

}  // namespace

ExitCode emit_file(const RunArguments& arguments, const Streams& streams) {
  if (arguments.emit == "load-file") {
    if (!arguments.molotov) {
      complain(streams, {"--emit load-file belongs to --config molotov.json", "", ""});
      return ExitCode::kUsage;
    }
    streams.out << engine::molotov_load_file(*arguments.molotov);
    return ExitCode::kPassed;
  }
  if (arguments.molotov) {
    complain(streams, {"--emit " + arguments.emit + " takes a load file or a URL, not --config", "",
                       "--emit load-file first"});
    return ExitCode::kUsage;
  }
  // All mistakes are found here, not on many machines.
  if (!find_load(arguments, streams)) {
    return ExitCode::kUsage;
  }
  return arguments.emit == "kubernetes" ? emit_kubernetes(arguments, streams)
                                        : emit_script(arguments, streams);
}

}  // namespace shaketable::loadgen::app
