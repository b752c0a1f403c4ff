#include "gui/canvas/arrange.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace shaketable::gui {
namespace {

// Equal gaps along one axis.
void distribute(const std::vector<QRectF>& boxes, bool across, std::vector<QPointF>& corners) {
  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto begin = [&](std::size_t i) { return across ? boxes[i].left() : boxes[i].top(); };
  const auto size = [&](std::size_t i) { return across ? boxes[i].width() : boxes[i].height(); };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return begin(a) < begin(b); });
  double taken = 0;
  for (const std::size_t i : order) {
    taken += size(i);
  }
  const double whole = begin(order.back()) + size(order.back()) - begin(order.front());
  const double gap = (whole - taken) / static_cast<double>(boxes.size() - 1);
  double at = begin(order.front());
  for (const std::size_t i : order) {
    across ? corners[i].setX(at) : corners[i].setY(at);
    at += size(i) + gap;
  }
}

}  // namespace

std::vector<QPointF> arranged(const std::vector<QRectF>& boxes, Arrange how) {
  std::vector<QPointF> corners;
  QRectF all;
  for (const QRectF& box : boxes) {
    corners.push_back(box.topLeft());
    all = all.united(box);
  }
  if (how == Arrange::kAcross || how == Arrange::kDown) {
    if (boxes.size() > 2) {
      distribute(boxes, how == Arrange::kAcross, corners);
    }
    return corners;
  }
  for (std::size_t i = 0; i < boxes.size() && boxes.size() > 1; ++i) {
    switch (how) {
      case Arrange::kLeft:
        corners[i].setX(all.left());
        break;
      case Arrange::kCentre:
        corners[i].setX(all.center().x() - boxes[i].width() / 2);
        break;
      case Arrange::kRight:
        corners[i].setX(all.right() - boxes[i].width());
        break;
      case Arrange::kTop:
        corners[i].setY(all.top());
        break;
      case Arrange::kMiddle:
        corners[i].setY(all.center().y() - boxes[i].height() / 2);
        break;
      case Arrange::kBottom:
        corners[i].setY(all.bottom() - boxes[i].height());
        break;
      case Arrange::kAcross:
      case Arrange::kDown:
        break;
    }
  }
  return corners;
}

Snap snap_to(const QRectF& box, const std::vector<QRectF>& others, double reach) {
  Snap snap;
  const auto consider = [reach](double edge, double other, double& by,
                                std::optional<double>& line) {
    const double step = other - edge;
    if (std::abs(step) <= reach && (!line || std::abs(step) < std::abs(by))) {
      by = step;
      line = other;
    }
  };
  for (const QRectF& other : others) {
    consider(box.left(), other.left(), snap.by.rx(), snap.left);
    consider(box.top(), other.top(), snap.by.ry(), snap.top);
  }
  return snap;
}

}  // namespace shaketable::gui
