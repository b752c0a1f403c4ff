#pragma once

#include <QColor>
#include <QString>
#include <cstddef>
#include <vector>

#include "gui/canvas/canvas_scene.h"
#include "gui/canvas/overlay.h"
#include "gui/canvas/theme.h"

namespace shaketable::gui {

/// What boxes and lines are, as an overlay tells them apart that is about no figures: mTLS and
/// zones. Known before any run.
struct Category {
  QString name;
  QColor color;
  bool dashed = false;  ///< Lines; told by more than the colour.
};

/// The categories that there are in a mesh, in the order of the legend; of zones at most
/// kMostZones, then one for all others.
[[nodiscard]] std::vector<Category> categories(Overlay overlay, const CanvasScene& scene,
                                               const Theme& theme);
/// `overlay` must be one of categories.
[[nodiscard]] Category category_of_node(Overlay overlay, const CanvasScene& scene, std::size_t node,
                                        const Theme& theme);
[[nodiscard]] Category category_of_edge(Overlay overlay, const CanvasScene& scene, std::size_t edge,
                                        const Theme& theme);

inline constexpr std::size_t kMostZones = 5;

/// The categories in one line from the left of `target`; returns how wide they are.
double draw_categories(QPainter& painter, const Theme& theme,
                       const std::vector<Category>& categories, const QRectF& target);

}  // namespace shaketable::gui
