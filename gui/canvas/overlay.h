#pragma once

#include <QColor>
#include <QPainter>
#include <QRectF>
#include <QString>
#include <array>
#include <cstdint>
#include <optional>

#include "gui/canvas/theme.h"
#include "gui/run/mesh_look.h"

namespace shaketable::gui {

/// What the colours of boxes and lines tell.
enum class Overlay : std::uint8_t {
  kHealth,       ///< States: healthy, degraded, failing, down.
  kRate,         ///< Answers per second.
  kP50,          ///< Median latency.
  kP99,          ///< Latency of the slowest hundredth.
  kErrors,       ///< Share of failed requests.
  kRetries,      ///< Attempts per request; lines only.
  kUtilisation,  ///< Of workers or CPUs; boxes only.
  kQueue,        ///< Waiting requests; boxes only.
  kTls,          ///< Whether calls are encrypted; see mesh_categories.h.
  kZone,         ///< Where instances are, and calls from one zone to another.
};
inline constexpr std::array kOverlays = {
    Overlay::kHealth,  Overlay::kRate,        Overlay::kP50,   Overlay::kP99, Overlay::kErrors,
    Overlay::kRetries, Overlay::kUtilisation, Overlay::kQueue, Overlay::kTls, Overlay::kZone};

/// Whether it tells kinds apart, which are known before any run, rather than figures of one.
[[nodiscard]] constexpr bool is_of_categories(Overlay overlay) {
  return overlay == Overlay::kTls || overlay == Overlay::kZone;
}

/// As a person chooses it: "Errors".
[[nodiscard]] QString title_of(Overlay overlay);

/// What a box or a line shows; nothing where there is nothing to measure, with kHealth, and
/// with overlays of categories.
[[nodiscard]] std::optional<double> value_of(Overlay overlay, const NodeLook& look);
[[nodiscard]] std::optional<double> value_of(Overlay overlay, const EdgeLook& look);
/// "1,280/s", "12.3 ms", "4 %", "1.8×", "7".
[[nodiscard]] QString value_text(Overlay overlay, double value);

/// The value at the full end of the colours: a round one above all that is seen, 1 for shares of
/// something that can be full.
[[nodiscard]] double top_of(Overlay overlay, const MeshLook& look);
/// Where a value lies between nothing (0) and the full end (1). Of retries one attempt is nothing.
[[nodiscard]] double place_of(Overlay overlay, double value, double top);
/// From pale to strong, told apart without colours by its lightness; `place` from 0 to 1.
[[nodiscard]] QColor ramp(const Theme& theme, double place);

/// What the colours mean, in one line from the left of `target`. With kHealth all states with their
/// shapes, else the ramp with its ends; not of categories. Returns how wide it is.
double draw_legend(QPainter& painter, const Theme& theme, Overlay overlay, double top,
                   const QRectF& target);

}  // namespace shaketable::gui
