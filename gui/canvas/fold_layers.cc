#include "gui/canvas/fold_layers.h"

#include <algorithm>
#include <map>
#include <utility>

#include "gui/canvas/canvas_scene.h"

namespace shaketable::gui {

// Layers of hundreds would be a thread a hundred screens high. As blocks of columns, in the same
// order, the whole mesh is seen at once.
bool fold_layers(std::vector<QPointF>& corners) {
  constexpr std::size_t kTall = 14;
  constexpr double kShape = 1.7;  // Of the view: wide by high.
  constexpr double kColumn = CanvasScene::kBoxWidth + 34;
  constexpr double kRow = CanvasScene::kBoxHeight + 24;
  constexpr double kBetween = 150;
  std::map<double, std::vector<std::size_t>> layers;  // By their left side.
  for (std::size_t n = 0; n < corners.size(); ++n) {
    layers[corners[n].x()].push_back(n);
  }
  std::size_t tallest = 0;
  for (auto& [x, layer] : layers) {
    std::sort(layer.begin(), layer.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(corners[a].y(), a) < std::pair(corners[b].y(), b);
    });
    tallest = std::max(tallest, layer.size());
  }
  if (tallest <= kTall) {
    return false;
  }
  const auto columns_of = [](std::size_t boxes, std::size_t rows) {
    return (boxes + rows - 1) / rows;
  };
  std::size_t rows = tallest;
  double best = 0;
  for (std::size_t tried = kTall; tried <= tallest; ++tried) {
    double wide = 0;
    for (const auto& [x, layer] : layers) {
      wide += static_cast<double>(columns_of(layer.size(), tried)) * kColumn + kBetween;
    }
    const double size = std::max(wide, kShape * kRow * static_cast<double>(tried));
    if (best == 0 || size < best) {
      best = size;
      rows = tried;
    }
  }
  double left = 0;
  for (const auto& [x, layer] : layers) {
    const std::size_t columns = columns_of(layer.size(), rows);
    const std::size_t high = columns_of(layer.size(), columns);
    const double top = kRow * static_cast<double>(rows - high) / 2;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      corners[layer[i]] = QPointF(left + kColumn * static_cast<double>(i / high),
                                  top + kRow * static_cast<double>(i % high));
    }
    left += kColumn * static_cast<double>(columns) + kBetween;
  }
  return true;
}

}  // namespace shaketable::gui
