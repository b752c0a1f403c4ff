#pragma once

#include <QFont>
#include <QPainter>
#include <QString>

#include "gui/canvas/canvas_painter.h"

namespace shaketable::gui {

constexpr double kShapesFrom = 0.25;  ///< Scale below which boxes are specks and lines straight.
constexpr double kFaded = 0.25;       ///< How much is seen of a box that a search leaves out.
constexpr double kTextFrom = 0.26;    ///< From here names are drawn, and figures as room permits.

/// What the painters of boxes and of lines share: a painter in the coordinates of the scene, the
/// picture, and how large it is drawn.
class MeshBrush {
 public:
  MeshBrush(QPainter& painter, const Picture& picture, double scale);

 protected:
  [[nodiscard]] bool is_faded(std::size_t node) const;
  /// A font that is `pixels` high in the drawing, but never too small on the screen.
  [[nodiscard]] QFont text_font(double pixels, bool bold = false) const;
  /// Text of a line or more in a rounded box around `centre`, in the painter's font; returns the
  /// box.
  QRectF draw_pill(const QPointF& centre, const QString& text, const QColor& fill,
                   const QColor& border, const QColor& ink);
  [[nodiscard]] QSizeF pill_size(const QString& text) const;
  /// The colour of a value of the overlay that is shown.
  [[nodiscard]] QColor overlay_color(double value) const;

  QPainter& painter_;
  const Picture& picture_;
  const Theme& theme_;
  double scale_;
  double top_ = 1;  ///< Of the overlay's colours.
};

}  // namespace shaketable::gui
