#include "gui/app/drawings.h"

#include <QBuffer>
#include <QSvgGenerator>
#include <algorithm>

namespace shaketable::gui {

QSize size_for(const QRectF& bounds, int width) {
  const double height = width * (bounds.height() + 100) / (bounds.width() + 100);
  return {width, std::clamp(static_cast<int>(height), width / 12, width * 10 / 3)};
}

QImage image_of(const QSize& size, int pixels, const Draw& draw) {
  QImage image(size * pixels, QImage::Format_RGB32);
  image.setDevicePixelRatio(pixels);
  QPainter painter(&image);
  draw(painter);
  painter.end();
  return image;
}

QByteArray svg_of(const QSize& size, const QString& title, const QString& about, const Draw& draw) {
  QByteArray text;
  QBuffer buffer(&text);
  QSvgGenerator drawing;
  drawing.setOutputDevice(&buffer);
  drawing.setSize(size);
  drawing.setViewBox(QRect(QPoint(0, 0), size));
  drawing.setTitle(title);
  drawing.setDescription(about);
  QPainter painter(&drawing);
  draw(painter);
  painter.end();
  return text;
}

}  // namespace shaketable::gui
