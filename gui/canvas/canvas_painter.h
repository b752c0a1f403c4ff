#pragma once

#include <QPainter>
#include <QString>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "gui/canvas/canvas_scene.h"
#include "gui/canvas/theme.h"
#include "gui/run/mesh_look.h"

namespace shaketable::gui {

/// Everything that a picture of a mesh shows.
struct Picture {
  const CanvasScene& scene;
  const MeshLook* look = nullptr;  ///< Null: a mesh that has not run.
  const Theme& theme;
  std::set<std::string> selected;     ///< Services.
  std::optional<std::size_t> edge{};  ///< The selected one.
  std::set<std::string> faded{};      ///< Services that a search leaves out.
  /// By service: what stands at the upper left of its box, "2 · +1.2 s" of a cascade.
  const std::map<std::string, QString>* notes = nullptr;
};

/// Draws a mesh: everything that does not move between two looks at the run. The painter's
/// transform is the view's; `scale` is how large it is, and less detail is drawn where it is small.
/// Only what touches `visible` (in scene units) is drawn.
void draw_mesh(QPainter& painter, const Picture& picture, double scale, const QRectF& visible);

/// Draws requests on their way as dots: round ones are fine, diamonds failed. `seconds` moves them;
/// at most `budget` dots.
void draw_requests(QPainter& painter, const Picture& picture, double scale, const QRectF& visible,
                   double seconds, int budget);

/// The whole mesh small, with a frame around what can be seen of it.
void draw_overview(QPainter& painter, const Picture& picture, const QRectF& target,
                   const QRectF& visible);

/// The shape that stands for a state, in a square of `size` around `centre`.
void draw_health_glyph(QPainter& painter, NodeHealth health, const QPointF& centre, double size,
                       const QColor& color);

}  // namespace shaketable::gui
