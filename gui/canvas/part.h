#pragma once

#include <QByteArray>
#include <QString>
#include <memory>
#include <optional>

#include "gui/canvas/selection.h"

class QMimeData;

namespace shaketable::gui {

/// Something that is dragged out of the palette: a part of a mesh, or a fault.
struct Part {
  QString key;  ///< "service", "load", or a kind of fault of the format.
  bool on_service = false, on_edge = false, on_ground = false;  ///< Where it may be dropped.

  /// Where it lands when this is under the mouse; null for nowhere. What belongs to the ground
  /// alone lands there wherever it is dropped.
  [[nodiscard]] std::optional<Selection> target(const Selection& under) const;

  friend bool operator==(const Part&, const Part&) = default;
};

/// What a drag of it carries, and back; nothing for a drag of something else.
[[nodiscard]] std::unique_ptr<QMimeData> mime_of(const Part& part);
[[nodiscard]] std::optional<Part> part_of(const QMimeData& data);

}  // namespace shaketable::gui
