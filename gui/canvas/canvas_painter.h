#pragma once

#include <QPainter>
#include <QString>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gui/canvas/canvas_scene.h"
#include "gui/canvas/overlay.h"
#include "gui/canvas/theme.h"
#include "gui/run/mesh_look.h"

namespace shaketable::gui {

/// The way from a service that is out of its normal state to where the trouble began.
struct Trail {
  std::vector<std::string> services;                       ///< From the one that was asked about.
  std::vector<std::pair<std::string, std::string>> edges;  ///< Caller and callee.

  friend bool operator==(const Trail&, const Trail&) = default;
};

/// How a service did compared with another run.
enum class Ring : std::uint8_t { kWorse, kBetter };

/// Everything that a picture of a mesh shows.
struct Picture {
  const CanvasScene& scene;
  const MeshLook* look = nullptr;  ///< Null: a mesh that has not run.
  const Theme& theme;
  const std::set<std::string>* selected = nullptr;  ///< Services.
  std::optional<std::size_t> edge{};                ///< The selected one.
  const std::set<std::string>* faded = nullptr;     ///< Services that a search leaves out.
  /// By service: what stands below the lower left of its box, "2 · +1.2 s" of a cascade.
  const std::map<std::string, QString>* notes = nullptr;
  Overlay overlay = Overlay::kHealth;
  const Trail* trail = nullptr;
  const std::map<std::string, Ring>* rings = nullptr;  ///< Services that changed.
  /// The line under the mouse: its requests stand still as they were at this second.
  std::optional<std::pair<std::size_t, double>> still{};
  const std::vector<QRectF>* marks = nullptr;  ///< Requests pass below them; see `draw_mesh`.
  double least_text = 10;  ///< Pixels on the screen; smaller text could not be read.

  [[nodiscard]] bool is_selected(const std::string& service) const {
    return selected != nullptr && selected->contains(service);
  }
  [[nodiscard]] bool is_faded(const std::string& service) const {
    return faded != nullptr && faded->contains(service);
  }
};

/// Where something small is drawn, in scene units.
struct DrawnMarks {
  std::vector<QRectF> on_boxes;  ///< Badges and notes.
  std::vector<QRectF> on_lines;  ///< Figures, open circuits.
};

/// Draws a mesh: everything that does not move between two looks at the run. The painter's
/// transform is the view's; `scale` is how large it is, and less detail is drawn where it is small:
/// marks become briefer, and are left out before they hide a box or each other. Only what touches
/// `visible` (in scene units) is drawn.
DrawnMarks draw_mesh(QPainter& painter, const Picture& picture, double scale,
                     const QRectF& visible);

/// How a request ends, told by the shape of its dot as well as by colour.
enum class DotKind : std::uint8_t {
  kFine,     ///< A dot.
  kRetried,  ///< A ring: it took more than one attempt.
  kFailed,   ///< A diamond: an error came back.
  kTimeout,  ///< A hollow dot: nobody waited for the answer any more.
  kRefused,  ///< A square: a circuit breaker refused it, or there was no host.
};
inline constexpr std::size_t kDotKinds = 5;
[[nodiscard]] QString title_of(DotKind kind);
void draw_dot(QPainter& painter, DotKind kind, const QPointF& centre, double radius,
              const Theme& theme);

/// Draws requests on their way as dots by how they end. `seconds` moves them; at most `budget`
/// dots.
void draw_requests(QPainter& painter, const Picture& picture, double scale, const QRectF& visible,
                   double seconds, int budget);

/// The whole mesh small, with a frame around what can be seen of it.
void draw_overview(QPainter& painter, const Picture& picture, const QRectF& target,
                   const QRectF& visible);

/// The shape that stands for a state, in a square of `size` around `centre`.
void draw_health_glyph(QPainter& painter, NodeHealth health, const QPointF& centre, double size,
                       const QColor& color);

}  // namespace shaketable::gui
