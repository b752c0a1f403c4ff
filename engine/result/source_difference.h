#pragma once

#include <cstddef>
#include <vector>

#include "engine/judge/comparison.h"
#include "engine/scenario/source.h"

namespace shaketable::engine {

/// What is different between the configurations behind two scenarios, value by value.
struct SourceDifference {
  std::vector<ConfigurationChange> changes;  ///< At most kMostConfigurationChanges.
  std::size_t left_out = 0;
};
inline constexpr std::size_t kMostConfigurationChanges = 200;

/// Compares the files of the two sources as YAML documents and their `--set` arguments. Files are
/// matched by name; the scenario's own by being that. Layout, comments and the order of keys are no
/// difference. A value is named by its path: "mesh.yaml: services.catalog.instances".
[[nodiscard]] SourceDifference difference_of(const ScenarioSource& before,
                                             const ScenarioSource& after);

}  // namespace shaketable::engine
