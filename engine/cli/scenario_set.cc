#include "engine/cli/scenario_set.h"

#include <ostream>
#include <utility>

#include "engine/formats/diagnostic.h"
#include "engine/formats/scenario_loader.h"

namespace shaketable::engine {

std::optional<std::vector<LoadedScenario>> load_scenarios(std::span<const std::string> files,
                                                          const ScenarioSetOptions& options,
                                                          const Streams& streams,
                                                          std::vector<std::string>* read) {
  const bool color = wants_color(options.color, streams.err_is_terminal, streams);
  std::vector<LoadedScenario> loaded;
  bool good = true;
  for (const std::string& file : files) {
    Diagnostics diagnostics;
    auto scenario = load_scenario(file, options.overrides, diagnostics);
    if (!options.quiet || !scenario) {
      streams.err << render(diagnostics, color);
    }
    if (read != nullptr) {
      const std::vector<std::string> names = diagnostics.source_names();
      read->push_back(file);
      read->insert(read->end(), names.begin(), names.end());
    }
    if (!scenario) {
      good = false;
      continue;
    }
    scenario->run.seed = options.seed.value_or(scenario->run.seed);
    loaded.push_back({.scenario = std::move(*scenario),
                      .source = source_of(file, options.overrides, diagnostics)});
  }
  return good ? std::optional(std::move(loaded)) : std::nullopt;
}

}  // namespace shaketable::engine
