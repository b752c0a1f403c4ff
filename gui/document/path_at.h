#pragma once

#include <string>

#include "gui/document/mesh_edits.h"

namespace shaketable::gui {

/// The keys around a place of a file, from the top of its section: {"services", "stock", "cache"}
/// for a place within that cache. `line` and `column` count from 1, columns in bytes. Empty where
/// no file of the scenario that can be read has such a place.
[[nodiscard]] KeyPath path_at(const engine::ScenarioSource& source, const std::string& file,
                              int line, int column);

}  // namespace shaketable::gui
