#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "loadgen/core/load_plan.h"

/// Molotov's own configuration, `molotov.json`, read as it is.
namespace shaketable::engine {

/// One entry of `tests`. Keys are the options of `molotov`, with underscores.
struct MolotovTest {
  std::string name;
  std::string scenario;  ///< The Python file or module with the journeys.
  std::uint32_t workers = 1;
  std::uint32_t processes = 1;  ///< Each has all the workers.
  proxy::Duration duration = std::chrono::hours(24);
  std::uint64_t max_runs = 0;  ///< Of each worker; 0 = no limit.
  proxy::Duration ramp_up{};
  proxy::Duration delay{};  ///< After every run.
  bool sizing = false;
  std::uint32_t sizing_tolerance_ppm = 50'000;
  bool exception = false;   ///< Ends at the first failure.
  std::uint64_t fail = 0;   ///< So many failures are a failure.
  std::string single_mode;  ///< Only this journey, again and again.
  bool single_run = false;  ///< Every journey once.
  std::uint32_t verbose = 0;
  bool quiet = false;
  bool console = true;
  proxy::Duration console_update = std::chrono::milliseconds(200);
  bool statsd = false;
  std::string statsd_address = "udp://127.0.0.1:8125";
  bool force_shutdown = false;
  /// What has no meaning without Python: `use_extension`, `uvloop`, `debug`.
  std::vector<std::string> ignored;
};

struct MolotovConfig {
  std::vector<std::pair<std::string, std::string>> env;  ///< For moloslave, and for the target.
  std::string requirements;
  std::vector<MolotovTest> tests;  ///< In order of the file.
};

/// True if the document is a molotov.json: a map with `molotov`.
[[nodiscard]] bool is_molotov_config(const Node& root);

/// Reads a molotov.json. All mistakes are reported (Molotov takes unknown keys in silence).
[[nodiscard]] std::optional<MolotovConfig> load_molotov_config(const std::string& path,
                                                               Diagnostics& diagnostics);
/// The same for a text in memory.
[[nodiscard]] std::optional<MolotovConfig> parse_molotov_config(const std::string& name,
                                                                std::string text,
                                                                Diagnostics& diagnostics);

/// The test of that name ("test" if it is empty, as Molotov does; the only one if there is one).
/// Null if there is none.
[[nodiscard]] const MolotovTest* find_test(const MolotovConfig& config, const std::string& name);

/// Puts a test's settings over a load whose journeys are written in YAML: what Molotov's options
/// mean, for each of the plan's journeys. `plan` is a closed loop afterwards. Sizing, output and
/// statsd are the program's. Fails if `single_mode` names no journey.
[[nodiscard]] proxy::Result<bool> apply_molotov(const MolotovTest& test, loadgen::LoadPlan& plan);

/// A load file to fill in: the test's settings as YAML, and a place for the journeys that are
/// written in Python.
[[nodiscard]] std::string molotov_load_file(const MolotovTest& test);

/// What to tell somebody who has a molotov.json and no journeys in YAML: which Python file holds
/// them, and what to do.
[[nodiscard]] std::string molotov_advice(const MolotovTest& test, const std::string& file);

}  // namespace shaketable::engine
