#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/formats/diagnostic.h"
#include "engine/mesh/model.h"

namespace shaketable::engine {

/// Reads a mesh file. `overrides` are `path=value`, see engine/formats/scenario_override.h.
///
/// Returns nothing when there is any error; all of them are in `diagnostics`, together with
/// warnings (keys that are not modelled) and the findings of `check_mesh`. Never throws.
[[nodiscard]] std::optional<Mesh> load_mesh(const std::string& path,
                                            std::span<const std::string> overrides,
                                            Diagnostics& diagnostics);

/// The same for a text in memory. `name` stands for the file; `policies:` are relative to it.
[[nodiscard]] std::optional<Mesh> parse_mesh(const std::string& name, std::string text,
                                             std::span<const std::string> overrides,
                                             Diagnostics& diagnostics);

}  // namespace shaketable::engine
