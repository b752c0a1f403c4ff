#pragma once

#include <QPointF>
#include <QRectF>
#include <cstdint>
#include <optional>
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

/// By how much a box that is dragged moves on to stand in line, and in line with what.
struct Snap {
  QPointF by;
  std::optional<double> left, top;  ///< Of the boxes that it is in line with.
};

/// The least step, of at most `reach` each way, that brings the box's left or upper edge in line
/// with that of another.
[[nodiscard]] Snap snap_to(const QRectF& box, const std::vector<QRectF>& others, double reach);

}  // namespace shaketable::gui
