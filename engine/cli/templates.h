#pragma once

#include <span>
#include <string_view>

namespace shaketable::engine {

/// A scenario to begin with, complete in one file.
struct ScenarioTemplate {
  std::string_view name;  ///< "canary"
  std::string_view text;  ///< YAML, without the editor's modeline.
};

/// What `init --template` offers, in alphabetical order.
[[nodiscard]] std::span<const ScenarioTemplate> scenario_templates();

/// What `init` writes when nobody names a template: ten lines that run.
[[nodiscard]] std::string_view first_scenario();

}  // namespace shaketable::engine
