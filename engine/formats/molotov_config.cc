#include "engine/formats/molotov_config.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_context.h"
#include "engine/formats/number_text.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"

namespace shaketable::engine {
namespace {

constexpr std::uint32_t kMaxWorkers = 10'000'000;
constexpr Bounds<std::int64_t> kCounts{0, 1'000'000'000'000};
constexpr std::int64_t kNsOfMicros = 1'000;

/// Seconds as a JSON number, whole or not.
std::optional<proxy::Duration> read_seconds(const Node* node, Diagnostics& diagnostics) {
  constexpr std::int64_t kMostMicros = 10LL * 365 * 86'400 * 1'000'000;
  const auto micros = read_decimal(node, diagnostics, {0, kMostMicros});
  return micros ? std::optional(proxy::Duration(*micros * kNsOfMicros)) : std::nullopt;
}

MolotovTest read_test(const MapEntry& entry, Diagnostics& diagnostics) {
  MolotovTest test;
  test.name = read_name(entry.key, diagnostics).value_or("");
  MapReader map(entry.value, diagnostics, "a test of molotov.json");
  assign(test.scenario, read_string(map.optional("scenario"), diagnostics));
  assign(test.workers, read_count(map.optional("workers"), diagnostics, 1, kMaxWorkers));
  assign(test.processes, read_count(map.optional("processes"), diagnostics, 1, 10'000));
  assign(test.duration, read_seconds(map.optional("duration"), diagnostics));
  assign(test.max_runs, read_integer(map.optional("max_runs"), diagnostics, kCounts));
  assign(test.ramp_up, read_seconds(map.optional("ramp_up"), diagnostics));
  assign(test.delay, read_seconds(map.optional("delay"), diagnostics));
  assign(test.sizing, read_bool(map.optional("sizing"), diagnostics));
  if (const auto percent =
          read_decimal(map.optional("sizing_tolerance"), diagnostics, {0, 100'000'000})) {
    test.sizing_tolerance_ppm = static_cast<std::uint32_t>(*percent / 100);
  }
  assign(test.exception, read_bool(map.optional("exception"), diagnostics));
  assign(test.fail, read_integer(map.optional("fail"), diagnostics, kCounts));
  assign(test.single_mode, read_string(map.optional("single_mode"), diagnostics));
  assign(test.single_run, read_bool(map.optional("single_run"), diagnostics));
  assign(test.verbose, read_count(map.optional("verbose"), diagnostics, 0, 2));
  assign(test.quiet, read_bool(map.optional("quiet"), diagnostics));
  assign(test.console, read_bool(map.optional("console"), diagnostics));
  assign(test.console_update, read_seconds(map.optional("console_update"), diagnostics));
  assign(test.statsd, read_bool(map.optional("statsd"), diagnostics));
  assign(test.statsd_address, read_string(map.optional("statsd_address"), diagnostics));
  assign(test.force_shutdown, read_bool(map.optional("force_shutdown"), diagnostics));
  for (const char* key : {"use_extension", "uvloop", "debug", "disable_dns_resolve"}) {
    if (const Node* const node = map.optional(key)) {
      test.ignored.emplace_back(key);
      report_at(*node,
                {.severity = Severity::kWarning,
                 .code = code::kBadMolotov,
                 .message = quoted(key) + " is about Python and has no effect here"},
                diagnostics);
    }
  }
  map.finish();
  // Molotov's own defaults of a sizing.
  if (test.sizing) {
    test.ramp_up =
        test.ramp_up == proxy::Duration::zero() ? std::chrono::seconds(300) : test.ramp_up;
    test.workers = test.workers == 1 ? 500 : test.workers;
  }
  return test;
}

std::optional<MolotovConfig> read(const Node& root, Diagnostics& diagnostics) {
  MolotovConfig config;
  MapReader file(&root, diagnostics, "molotov.json");
  const Node* const molotov = file.required("molotov");
  file.finish();
  MapReader map(molotov, diagnostics, "`molotov`");
  for (const MapEntry& entry : read_entries(map.optional("env"), diagnostics, "a map of texts")) {
    config.env.emplace_back(read_name(entry.key, diagnostics).value_or(""),
                            read_string(entry.value, diagnostics).value_or(""));
  }
  assign(config.requirements, read_string(map.optional("requirements"), diagnostics));
  const Node* const tests = map.required("tests");
  for (const MapEntry& entry : read_entries(tests, diagnostics, "a map of tests")) {
    config.tests.push_back(read_test(entry, diagnostics));
  }
  map.finish();
  return diagnostics.has_errors() ? std::nullopt : std::optional(std::move(config));
}

std::string seconds_text(proxy::Duration time) {
  return decimal_text(time.count() / kNsOfMicros, 6) + "s";
}

/// A name as a YAML key or value, whatever it holds.
std::string yaml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' || c == '\\' ? "\\" : "";
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

}  // namespace

bool is_molotov_config(const Node& root) {
  return root.is_map() && root.find("molotov") != nullptr && root.find("load") == nullptr;
}

std::optional<MolotovConfig> load_molotov_config(const std::string& path,
                                                 Diagnostics& diagnostics) {
  const auto documents = load_documents(path, diagnostics);
  return documents ? read(documents->front().root(), diagnostics) : std::nullopt;
}

std::optional<MolotovConfig> parse_molotov_config(const std::string& name, std::string text,
                                                  Diagnostics& diagnostics) {
  const auto documents = parse_documents(name, std::move(text), diagnostics);
  return documents ? read(documents->front().root(), diagnostics) : std::nullopt;
}

const MolotovTest* find_test(const MolotovConfig& config, const std::string& name) {
  const std::string wanted = name.empty() ? "test" : name;
  const auto found = std::find_if(config.tests.begin(), config.tests.end(),
                                  [&](const MolotovTest& test) { return test.name == wanted; });
  if (found != config.tests.end()) {
    return &*found;
  }
  return name.empty() && config.tests.size() == 1 ? &config.tests.front() : nullptr;
}

proxy::Result<bool> apply_molotov(const MolotovTest& test, loadgen::LoadPlan& plan) {
  plan.workers = test.workers * test.processes;
  plan.processes = test.processes;
  plan.stages.clear();
  plan.recorded.clear();
  plan.ramp_up = test.ramp_up;
  plan.worker_duration = test.duration;
  plan.max_runs = test.max_runs;
  plan.run_delay = proxy::Distribution::constant(test.delay);
  plan.stop_on_failure = test.exception;
  plan.fail_threshold = test.fail;
  plan.picker = test.single_run ? loadgen::Picker::kSingleRun : loadgen::Picker::kWeighted;
  if (test.single_mode.empty()) {
    return true;
  }
  bool is_found = false;
  for (loadgen::Journey& journey : plan.journeys) {
    const bool is_it = journey.name == test.single_mode;
    journey.weight = is_it ? 1 : 0;
    is_found = is_found || is_it;
  }
  return is_found ? proxy::Result<bool>(true)
                  : proxy::fail("no journey is named " + quoted(test.single_mode), "single_mode",
                                "a name under `scenarios`");
}

std::string molotov_load_file(const MolotovTest& test) {
  const std::string name = test.name.empty() ? "test" : test.name;
  std::string text = fmt::format(
      "# The test {} of molotov.json. Its journeys are written in Python ({}):\n"
      "# write each @scenario() of it below, under the name of its function.\n"
      "name: {}\n"
      "target: http://127.0.0.1:8080\n"
      "load:\n"
      "  {}:\n"
      "    workers: {}\n"
      "    duration: {}\n",
      yaml_text(name), printable(test.scenario.empty() ? "loadtest.py" : test.scenario, 200),
      yaml_text(name), yaml_text(name), test.workers * test.processes, seconds_text(test.duration));
  if (test.ramp_up > proxy::Duration::zero()) {
    text += "    ramp_up: " + seconds_text(test.ramp_up) + "\n";
  }
  if (test.delay > proxy::Duration::zero()) {
    text += "    run_delay: " + seconds_text(test.delay) + "\n";
  }
  if (test.max_runs > 0) {
    text += fmt::format("    max_runs: {}\n", test.max_runs);
  }
  if (test.single_run) {
    text += "    picker: single_run\n";
  }
  if (test.exception) {
    text += "    stop_on_failure: true\n";
  }
  if (test.fail > 0) {
    text += fmt::format("    fail: {}\n", test.fail);
  }
  const std::string journey = test.single_mode.empty() ? "scenario_one" : test.single_mode;
  text += fmt::format(
      "    scenarios:\n"
      "      {}:                      # the function's name\n"
      "        weight: 1                # @scenario(weight=...)\n"
      "        delay: 0s                # @scenario(delay=...)\n"
      "        steps:\n"
      "          - request: GET /       # session.get(...)\n"
      "            check: status 2xx    # assert resp.status == 200\n",
      yaml_text(journey));
  return text;
}

std::string molotov_advice(const MolotovTest& test, const std::string& file) {
  std::string text = fmt::format(
      "the journeys of test {} are written in Python ({}), which is not read here.\n"
      "  Write each @scenario() of that file as a journey in a load file: its requests as "
      "`request`,\n"
      "  its asserts as `check`, its weight as `weight`.",
      quoted(test.name), quoted(test.scenario.empty() ? "loadtest.py" : test.scenario, 200));
  if (!test.single_mode.empty()) {
    text += " Only " + quoted(test.single_mode) + " is used.";
  }
  text += "\n  " + (file.empty() ? "A load file" : quoted(file, 200)) +
          " has the settings already and a place for the journeys.";
  return text;
}

}  // namespace shaketable::engine
