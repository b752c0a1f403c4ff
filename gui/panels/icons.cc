#include "gui/panels/icons.h"

#include <QPainter>
#include <QPainterPath>
#include <QPixmap>
#include <algorithm>

namespace shaketable::gui {
namespace {

// All on a square of 20 units.
void triangle(QPainter& p, double left, double right) {
  p.drawPolygon(QPolygonF{QPointF(left, 4), QPointF(right, 10), QPointF(left, 16)});
}

void polyline(QPainter& p, std::initializer_list<QPointF> points) {
  p.drawPolyline(QPolygonF(QList<QPointF>(points)));
}

void filled(QPainter& p, Icon icon) {
  switch (icon) {
    case Icon::kRun:
    case Icon::kPlay:
      triangle(p, 5.5, 16);
      return;
    case Icon::kBackwards:
      triangle(p, 14.5, 4);
      return;
    case Icon::kPause:
      p.drawRoundedRect(QRectF(5, 4, 3.6, 12), 1, 1);
      p.drawRoundedRect(QRectF(11.4, 4, 3.6, 12), 1, 1);
      return;
    case Icon::kStop:
      p.drawRoundedRect(QRectF(4.5, 4.5, 11, 11), 1.5, 1.5);
      return;
    case Icon::kStep:
      triangle(p, 4, 12);
      p.drawRoundedRect(QRectF(13, 4, 2.8, 12), 1, 1);
      return;
    case Icon::kFast:
      triangle(p, 2.5, 10);
      triangle(p, 10, 17.5);
      return;
    case Icon::kNext:
      triangle(p, 6, 13);
      p.drawEllipse(QPointF(15.4, 10), 1.9, 1.9);
      return;
    case Icon::kPrevious:
      triangle(p, 14, 7);
      p.drawEllipse(QPointF(4.6, 10), 1.9, 1.9);
      return;
    case Icon::kFront:
      triangle(p, 3, 8.5);
      triangle(p, 8.5, 14);
      p.drawRoundedRect(QRectF(14.6, 4, 2.4, 12), 1, 1);
      return;
    case Icon::kBolt:
      p.drawPolygon(QPolygonF{QPointF(11.5, 2), QPointF(4.5, 11.2), QPointF(9, 11.2),
                              QPointF(8, 18), QPointF(15.5, 8), QPointF(10.6, 8)});
      return;
    case Icon::kMoon: {
      QPainterPath moon;
      moon.addEllipse(QPointF(10, 10), 7, 7);
      QPainterPath bite;
      bite.addEllipse(QPointF(13.2, 7.6), 5.8, 5.8);
      p.drawPath(moon.subtracted(bite));
      return;
    }
    case Icon::kNew:
    case Icon::kOpen:
    case Icon::kSave:
    case Icon::kUndo:
    case Icon::kRedo:
    case Icon::kShield:
    case Icon::kAdd:
    case Icon::kConnect:
    case Icon::kLayout:
    case Icon::kFit:
    case Icon::kText:
    case Icon::kSun:
    case Icon::kReport:
    case Icon::kSearch:
    case Icon::kDelete:
    case Icon::kBack:
    case Icon::kForth:
    case Icon::kPin:
      return;
  }
}

void lined(QPainter& p, Icon icon) {
  switch (icon) {
    case Icon::kBack:
      polyline(p, {{12.5, 4}, {6.5, 10}, {12.5, 16}});
      return;
    case Icon::kForth:
      polyline(p, {{7.5, 4}, {13.5, 10}, {7.5, 16}});
      return;
    case Icon::kPin:
      p.drawEllipse(QPointF(10, 6.5), 3.6, 3.6);
      polyline(p, {{10, 10.1}, {10, 17}});
      return;
    case Icon::kNew:
      polyline(
          p, {{11.5, 3}, {5, 3}, {5, 17}, {15, 17}, {15, 6.5}, {11.5, 3}, {11.5, 6.5}, {15, 6.5}});
      return;
    case Icon::kOpen:
      polyline(p, {{3, 16}, {3, 4.5}, {8, 4.5}, {9.5, 6.5}, {16, 6.5}, {16, 9}});
      polyline(p, {{3, 16}, {5.5, 9}, {18, 9}, {15.5, 16}, {3, 16}});
      return;
    case Icon::kSave:
      polyline(p, {{3.5, 3.5}, {14, 3.5}, {16.5, 6}, {16.5, 16.5}, {3.5, 16.5}, {3.5, 3.5}});
      polyline(p, {{6.5, 3.5}, {6.5, 8}, {13, 8}, {13, 3.5}});
      p.drawRect(QRectF(6.5, 11.5, 7, 5));
      return;
    case Icon::kUndo:
    case Icon::kRedo:
      if (icon == Icon::kRedo) {
        p.translate(20, 0);
        p.scale(-1, 1);
      }
      polyline(p, {{7.5, 3.5}, {3.5, 7.5}, {7.5, 11.5}});
      {
        QPainterPath path(QPointF(3.5, 7.5));
        path.lineTo(12, 7.5);
        path.cubicTo(17.6, 7.5, 17.6, 16, 12, 16);
        path.lineTo(8, 16);
        p.drawPath(path);
      }
      return;
    case Icon::kShield: {
      QPainterPath path(QPointF(10, 2.5));
      path.lineTo(16, 5);
      path.cubicTo(16.4, 11, 14, 15.5, 10, 17.5);
      path.cubicTo(6, 15.5, 3.6, 11, 4, 5);
      path.closeSubpath();
      p.drawPath(path);
      polyline(p, {{7.2, 9.8}, {9.3, 12}, {13, 7.6}});
      return;
    }
    case Icon::kAdd:
      p.drawRoundedRect(QRectF(3, 5, 14, 10), 2, 2);
      polyline(p, {{10, 7.4}, {10, 12.6}});
      polyline(p, {{7.4, 10}, {12.6, 10}});
      return;
    case Icon::kConnect:
      p.drawRoundedRect(QRectF(2.5, 3, 5.5, 5), 1, 1);
      p.drawRoundedRect(QRectF(12, 12, 5.5, 5), 1, 1);
      polyline(p, {{8, 5.5}, {14.7, 5.5}, {14.7, 11.5}});
      return;
    case Icon::kLayout:
      p.drawRoundedRect(QRectF(2.5, 7.5, 5, 5), 1, 1);
      p.drawRoundedRect(QRectF(12.5, 2.5, 5, 5), 1, 1);
      p.drawRoundedRect(QRectF(12.5, 12.5, 5, 5), 1, 1);
      polyline(p, {{7.5, 10}, {10, 10}, {10, 5}, {12.5, 5}});
      polyline(p, {{10, 10}, {10, 15}, {12.5, 15}});
      return;
    case Icon::kFit:
      polyline(p, {{3, 7}, {3, 3}, {7, 3}});
      polyline(p, {{13, 3}, {17, 3}, {17, 7}});
      polyline(p, {{17, 13}, {17, 17}, {13, 17}});
      polyline(p, {{7, 17}, {3, 17}, {3, 13}});
      p.drawRect(QRectF(7, 7, 6, 6));
      return;
    case Icon::kText:
      polyline(p, {{7, 5}, {2.5, 10}, {7, 15}});
      polyline(p, {{13, 5}, {17.5, 10}, {13, 15}});
      polyline(p, {{11.4, 3.5}, {8.6, 16.5}});
      return;
    case Icon::kSun:
      p.drawEllipse(QPointF(10, 10), 3.6, 3.6);
      for (int i = 0; i < 8; ++i) {
        p.save();
        p.translate(10, 10);
        p.rotate(45 * i);
        p.drawLine(QPointF(0, -6), QPointF(0, -8));
        p.restore();
      }
      return;
    case Icon::kReport:
      p.drawRoundedRect(QRectF(4, 2.5, 12, 15), 1.5, 1.5);
      polyline(p, {{7, 13.5}, {9, 9.5}, {11, 11.5}, {13, 7}});
      return;
    case Icon::kSearch:
      p.drawEllipse(QPointF(8.5, 8.5), 5, 5);
      polyline(p, {{12.3, 12.3}, {17, 17}});
      return;
    case Icon::kDelete:
      polyline(p, {{3.5, 5.5}, {16.5, 5.5}});
      polyline(p, {{8, 5.5}, {8, 3.5}, {12, 3.5}, {12, 5.5}});
      polyline(p, {{5, 5.5}, {6, 17}, {14, 17}, {15, 5.5}});
      return;
    case Icon::kRun:
    case Icon::kPlay:
    case Icon::kBackwards:
    case Icon::kPause:
    case Icon::kStop:
    case Icon::kStep:
    case Icon::kFast:
    case Icon::kNext:
    case Icon::kPrevious:
    case Icon::kFront:
    case Icon::kBolt:
    case Icon::kMoon:
      return;
  }
}

QPixmap drawn(Icon icon, const QColor& color, int size) {
  QPixmap pixmap(size, size);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.scale(size / 20.0, size / 20.0);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  filled(painter, icon);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  lined(painter, icon);
  return pixmap;
}

QColor color_of(Icon icon, const Theme& theme) {
  return icon == Icon::kRun                           ? theme.accent
         : icon == Icon::kBolt || icon == Icon::kStop ? theme.failing
                                                      : theme.text;
}

}  // namespace

QIcon icon(Icon which, const Theme& theme) {
  QIcon icon;
  QColor faint = theme.muted;
  faint.setAlphaF(0.45F);
  for (const int size : {20, 40, 60}) {
    icon.addPixmap(drawn(which, color_of(which, theme), size), QIcon::Normal);
    icon.addPixmap(drawn(which, faint, size), QIcon::Disabled);
  }
  return icon;
}

QIcon application_icon() {
  QIcon icon;
  for (const int size : {16, 32, 48, 128, 256}) {
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter p(&pixmap);
    p.setRenderHint(QPainter::Antialiasing);
    p.scale(size / 20.0, size / 20.0);
    p.setPen(Qt::NoPen);
    p.setBrush(QColor(0x0b, 0x6f, 0xb8));
    p.drawRoundedRect(QRectF(0.5, 0.5, 19, 19), 4.5, 4.5);
    p.setBrush(Qt::NoBrush);
    p.setPen(QPen(Qt::white, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    polyline(p,
             {{2.8, 13.5}, {6, 13.5}, {7.6, 7}, {10, 16.5}, {12.4, 4.5}, {14, 13.5}, {17.2, 13.5}});
    icon.addPixmap(pixmap);
  }
  return icon;
}

}  // namespace shaketable::gui
