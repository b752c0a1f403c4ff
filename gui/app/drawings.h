#pragma once

#include <QByteArray>
#include <QImage>
#include <QPainter>
#include <QRectF>
#include <QSize>
#include <QString>
#include <functional>

/// Pictures and drawings of what widgets show.
namespace shaketable::gui {

using Draw = std::function<void(QPainter& painter)>;

/// A picture's size with the shape of what it shows, of a width.
[[nodiscard]] QSize size_for(const QRectF& bounds, int width);
/// `pixels` of the picture for each that `draw` is told of.
[[nodiscard]] QImage image_of(const QSize& size, int pixels, const Draw& draw);
/// Lines that stay sharp at every size, as SVG.
[[nodiscard]] QByteArray svg_of(const QSize& size, const QString& title, const QString& about,
                                const Draw& draw);

}  // namespace shaketable::gui
