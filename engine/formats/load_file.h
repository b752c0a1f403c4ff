#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "loadgen/core/load_plan.h"

namespace shaketable::engine {

/// Reads loads for real servers: a load file (`target:`, `load:`), or a scenario, whose mesh then
/// only says which requests there are. `overrides` are the arguments of `--set`.
///
/// Returns nothing when there is any error; all of them are in `diagnostics`. Never throws.
[[nodiscard]] std::optional<loadgen::LoadFile> load_load_file(
    const std::string& path, std::span<const std::string> overrides, Diagnostics& diagnostics);

/// The same for a text in memory. `name` stands for the file; other files are relative to it.
[[nodiscard]] std::optional<loadgen::LoadFile> parse_load_file(
    const std::string& name, std::string text, std::span<const std::string> overrides,
    Diagnostics& diagnostics);

/// Thresholds as arguments of a command: `p99 < 300ms`, `error_rate of buy < 1%`. `name` stands for
/// the file in messages: "--slo".
[[nodiscard]] std::vector<loadgen::Threshold> parse_thresholds(const std::string& name,
                                                               std::span<const std::string> texts,
                                                               Diagnostics& diagnostics);

/// True if the document is a load file, not a scenario: `load` without a mesh.
[[nodiscard]] bool is_load_file(const Node& root);

/// `load:` of a load file or a scenario that another file names; reports when there is none.
[[nodiscard]] const Node* load_of_document(const Node& root, Diagnostics& diagnostics);

}  // namespace shaketable::engine
