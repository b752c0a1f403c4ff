#include "loadgen/app/molotov_source.h"

#include <filesystem>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/nearest_name.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/app/load_source.h"
#include "loadgen/app/report.h"

namespace shaketable::loadgen::app {
namespace {

using engine::MolotovConfig;
using engine::MolotovTest;

/// A load file or a URL, not the name of a test.
bool is_load(const std::string& what) {
  return is_load_file_name(what) || what.find("://") != std::string::npos;
}

const MolotovTest* test_of(const MolotovConfig& config, const RunArguments& arguments,
                           const engine::Streams& streams) {
  const std::string name = is_load(arguments.what) ? "" : arguments.what;
  if (const MolotovTest* const test = engine::find_test(config, name)) {
    return test;
  }
  std::vector<std::string_view> names;
  std::string all;
  for (const MolotovTest& test : config.tests) {
    names.emplace_back(test.name);
    all += (all.empty() ? "" : ", ") + test.name;
  }
  const std::string wanted = name.empty() ? "test" : name;
  const std::string nearest = engine::nearest_name(wanted, names);
  complain(streams, {"no test is named '" + wanted + "'", arguments.config,
                     nearest.empty() ? "one of " + all : "'" + nearest + "'"});
  return nullptr;
}

/// The file with the journeys; empty if there is none.
std::string journeys_of(const MolotovTest& test, const RunArguments& arguments) {
  namespace fs = std::filesystem;
  if (is_load(arguments.what)) {
    return arguments.what;
  }
  const fs::path folder = fs::path(arguments.config).parent_path();
  const fs::path scenario = test.scenario.empty() ? "loadtest.py" : test.scenario;
  if (is_load_file_name(scenario.string())) {
    return (folder / scenario).string();
  }
  for (const char* ending : {".yaml", ".yml"}) {
    const fs::path beside = folder / fs::path(scenario).replace_extension(ending);
    std::error_code ignored;
    if (fs::is_regular_file(beside, ignored)) {
      return beside.string();
    }
  }
  return "";
}

/// What is no matter of the load itself.
void take_settings(const MolotovTest& test, RunArguments& arguments) {
  arguments.quiet = arguments.quiet || (test.quiet && arguments.verbose == 0);
  arguments.verbose =
      arguments.quiet ? 0 : std::max(arguments.verbose, static_cast<int>(test.verbose));
  arguments.console_update = test.console_update;
  if (test.statsd && arguments.statsd.empty()) {
    arguments.statsd = test.statsd_address;
  }
  if (test.force_shutdown) {
    arguments.grace = proxy::Duration::zero();
  }
  if (test.sizing) {
    arguments.sizing = true;
    arguments.sizing_tolerance_percent = static_cast<double>(test.sizing_tolerance_ppm) / 1e4;
    if (arguments.sizing_most == 0) {
      arguments.sizing_most = std::uint64_t{test.workers} * test.processes;
    }
    // The search begins with one worker, and each level has them all at once.
    arguments.workers = arguments.workers.value_or(1);
  }
  arguments.threads = std::max(arguments.threads, test.processes);
}

}  // namespace

std::optional<RunArguments> with_molotov(const RunArguments& arguments,
                                         const engine::Streams& streams) {
  engine::Diagnostics diagnostics;
  const auto config = engine::load_molotov_config(arguments.config, diagnostics);
  streams.err << engine::render(
      diagnostics, engine::wants_color(arguments.color, streams.err_is_terminal, streams));
  if (!config) {
    return std::nullopt;
  }
  const MolotovTest* const test = test_of(*config, arguments, streams);
  if (test == nullptr) {
    return std::nullopt;
  }
  RunArguments result = arguments;
  result.molotov = *test;
  take_settings(*test, result);
  result.what = journeys_of(*test, arguments);
  if (result.what.empty() && arguments.emit != "load-file") {
    streams.err << kProgram << ": " << engine::molotov_advice(*test, "") << '\n'
                << "  `shaketable-load --config " << arguments.config << ' ' << test->name
                << " --emit load-file` prints it.\n";
    return std::nullopt;
  }
  return result;
}

}  // namespace shaketable::loadgen::app
