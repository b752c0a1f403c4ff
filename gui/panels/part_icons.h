#pragma once

#include <QIcon>
#include <QString>

#include "gui/canvas/theme.h"

namespace shaketable::gui {

/// The pictogram of a part of the palette by its key: "service", "load", a kind of fault. Of a key
/// that is not known it is a bolt.
[[nodiscard]] QIcon part_icon(const QString& key, const Theme& theme);

}  // namespace shaketable::gui
