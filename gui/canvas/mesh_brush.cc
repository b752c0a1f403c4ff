#include "gui/canvas/mesh_brush.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

namespace shaketable::gui {

MeshBrush::MeshBrush(QPainter& painter, const Picture& picture, double scale)
    : painter_(painter), picture_(picture), theme_(picture.theme), scale_(scale) {
  if (picture.look != nullptr && picture.overlay != Overlay::kHealth &&
      !is_of_categories(picture.overlay)) {
    top_ = top_of(picture.overlay, *picture.look);
  }
}

bool MeshBrush::is_faded(std::size_t node) const {
  return picture_.is_faded(picture_.scene.nodes()[node].name);
}

QFont MeshBrush::text_font(double pixels, bool bold) const {
  QFont font;
  font.setPixelSize(
      std::max(1, static_cast<int>(std::lround(std::max(pixels, picture_.least_text / scale_)))));
  font.setWeight(bold ? QFont::DemiBold : QFont::Normal);
  return font;
}

QRectF MeshBrush::draw_pill(const QPointF& centre, const QString& text, const QColor& fill,
                            const QColor& border, const QColor& ink) {
  QRectF box(QPointF(), pill_size(text));
  box.moveCenter(centre);
  const double radius = std::min(box.height() / 2, QFontMetricsF(painter_.font()).height());
  painter_.setPen(QPen(border, 1));
  painter_.setBrush(fill);
  painter_.drawRoundedRect(box, radius, radius);
  painter_.setPen(ink);
  painter_.drawText(box, Qt::AlignCenter, text);
  return box;
}

QSizeF MeshBrush::pill_size(const QString& text) const {
  return QFontMetricsF(painter_.font()).size(0, text) + QSizeF(12, 2);
}

QColor MeshBrush::overlay_color(double value) const {
  return ramp(theme_, place_of(picture_.overlay, value, top_));
}

}  // namespace shaketable::gui
