#pragma once

#include <QPointF>
#include <map>
#include <string>

namespace shaketable::gui {

/// Where a person put a box: its upper left corner in scene units.
struct Place {
  Place() = default;
  Place(const QPointF& corner, bool is_held = false)  // NOLINT(google-explicit-constructor)
      : at(corner), held(is_held) {}

  QPointF at;
  bool held = false;  ///< It stays there when all others are laid out again.

  friend bool operator==(const Place&, const Place&) = default;
};

/// By service, and by `group_key` of a collapsed group.
using Places = std::map<std::string, Place>;

}  // namespace shaketable::gui
