#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/cli/streams.h"
#include "engine/scenario/model.h"
#include "engine/scenario/source.h"

namespace shaketable::engine {

/// A scenario and what it was made from.
struct LoadedScenario {
  Scenario scenario;
  ScenarioSource source;
};

struct ScenarioSetOptions {
  std::span<const std::string> overrides;
  std::optional<std::uint64_t> seed;  ///< Instead of the file's.
  bool quiet = false;                 ///< No warnings, but still errors.
  ColorChoice color = ColorChoice::kAuto;
};

/// Loads all files, so that the mistakes of all come at once, on standard error. Nothing when any
/// cannot be used. `read` gets the names of all files that were looked at, also of a bad scenario.
[[nodiscard]] std::optional<std::vector<LoadedScenario>> load_scenarios(
    std::span<const std::string> files, const ScenarioSetOptions& options, const Streams& streams,
    std::vector<std::string>* read = nullptr);

}  // namespace shaketable::engine
