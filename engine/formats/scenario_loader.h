#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/formats/diagnostic.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// Reads a scenario file and the mesh that it names (relative to the file) or holds.
///
/// `overrides` are the arguments of `--set`, `services.catalog.instances=5`; see
/// engine/formats/scenario_override.h. Returns nothing when there is any error; all of them are in
/// `diagnostics`, together with warnings (keys that are not modelled) and the findings of
/// `check_mesh` and `check_scenario`. Never throws.
[[nodiscard]] std::optional<Scenario> load_scenario(const std::string& path,
                                                    std::span<const std::string> overrides,
                                                    Diagnostics& diagnostics);

/// The same for a text in memory. `name` stands for the file; other files are relative to it.
[[nodiscard]] std::optional<Scenario> parse_scenario(const std::string& name, std::string text,
                                                     std::span<const std::string> overrides,
                                                     Diagnostics& diagnostics);

/// The mesh of a mesh file or of a scenario, whichever the file is.
[[nodiscard]] std::optional<Mesh> load_any_mesh(const std::string& path,
                                                std::span<const std::string> overrides,
                                                Diagnostics& diagnostics);

/// Checks a file of any kind: its top-level keys tell whether it is a scenario, a mesh, a load
/// file or a file of policies. True when there was no error.
bool check_file(const std::string& path, std::span<const std::string> overrides,
                Diagnostics& diagnostics);

}  // namespace shaketable::engine
