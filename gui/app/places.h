#pragma once

#include <QJsonObject>
#include <string>

#include "gui/canvas/mesh_groups.h"
#include "gui/canvas/place.h"
#include "gui/workbench/notes.h"
#include "proxy/base/result.h"

/// Where a person put the boxes of a mesh, by what they are grouped, and the notes on moments: a
/// file beside the scenario, so that its own text holds nothing about pictures.
namespace shaketable::gui {

/// "shop.yaml" -> "shop.layout.json", in the same folder.
[[nodiscard]] std::string places_file(const std::string& scenario_file);

/// Places, groups and notes as they are written.
struct Layout {
  Places places;
  Grouping grouping;
  Notes notes;

  friend bool operator==(const Layout&, const Layout&) = default;
};

[[nodiscard]] QJsonObject layout_json(const Layout& layout);
/// What can be read of it: places are worth no error.
[[nodiscard]] Layout layout_from(const QJsonObject& json);

/// Nothing when there is no such file, or when it is no such file.
[[nodiscard]] Layout read_layout(const std::string& scenario_file);

/// Writes the file, or removes it when there is nothing to keep.
[[nodiscard]] proxy::Result<void> write_layout(const std::string& scenario_file,
                                               const Layout& layout);

}  // namespace shaketable::gui
