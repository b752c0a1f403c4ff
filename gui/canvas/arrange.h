#pragma once

#include <QPointF>
#include <QRectF>
#include <cstdint>
#include <vector>

namespace shaketable::gui {

/// How boxes are put in order.
enum class Arrange : std::uint8_t {
  kLeft,
  kCentre,
  kRight,
  kTop,
  kMiddle,
  kBottom,
  kAcross,  ///< Equal gaps from left to right; the outer two stay.
  kDown,    ///< Equal gaps from top to bottom.
};

/// Where the upper left corners of the boxes come to stand, in their order. Fewer than two boxes,
/// or three when gaps are made equal, stay where they are.
[[nodiscard]] std::vector<QPointF> arranged(const std::vector<QRectF>& boxes, Arrange how);

}  // namespace shaketable::gui
