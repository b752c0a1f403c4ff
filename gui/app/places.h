#pragma once

#include <string>

#include "gui/canvas/mesh_groups.h"
#include "gui/canvas/place.h"
#include "proxy/base/result.h"

/// Where a person put the boxes of a mesh, and by what they are grouped: a file beside the
/// scenario, so that its own text holds nothing about pictures.
namespace shaketable::gui {

/// "shop.yaml" -> "shop.layout.json", in the same folder.
[[nodiscard]] std::string places_file(const std::string& scenario_file);

/// Nothing when there is no such file, or when it is no such file: places are worth no error.
[[nodiscard]] Places read_places(const std::string& scenario_file);

/// The groups of the same file.
[[nodiscard]] Grouping read_grouping(const std::string& scenario_file);

/// Writes the file, or removes it when there is nothing to keep.
[[nodiscard]] proxy::Result<void> write_places(const std::string& scenario_file,
                                               const Places& places, const Grouping& grouping = {});

}  // namespace shaketable::gui
