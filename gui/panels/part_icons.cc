#include "gui/panels/part_icons.h"

#include <QPainter>
#include <QPixmap>
#include <map>

#include "gui/panels/icons.h"

namespace shaketable::gui {
namespace {

// All on a square of 20 units, with a pen of 1.5.
void lines(QPainter& p, std::initializer_list<QPointF> points) {
  p.drawPolyline(QPolygonF(QList<QPointF>(points)));
}

void box(QPainter& p) { p.drawRoundedRect(QRectF(3, 5, 14, 10), 2, 2); }

void two_ends(QPainter& p) {
  p.drawEllipse(QPointF(3.6, 10), 2, 2);
  p.drawEllipse(QPointF(16.4, 10), 2, 2);
}

using Draw = void (*)(QPainter& p);

const std::map<QString, Draw>& pictograms() {
  static const std::map<QString, Draw> all = {
      {QStringLiteral("service"), [](QPainter& p) { box(p); }},
      {QStringLiteral("send_load"),
       [](QPainter& p) {
         lines(p, {{3, 10}, {15, 10}});
         lines(p, {{11, 6}, {15.5, 10}, {11, 14}});
       }},
      {QStringLiteral("delay"),
       [](QPainter& p) {
         p.drawEllipse(QPointF(10, 10), 7, 7);
         lines(p, {{10, 5.8}, {10, 10}, {13, 11.8}});
       }},
      {QStringLiteral("abort"),
       [](QPainter& p) {
         p.drawEllipse(QPointF(10, 10), 7, 7);
         lines(p, {{7.4, 7.4}, {12.6, 12.6}});
         lines(p, {{12.6, 7.4}, {7.4, 12.6}});
       }},
      {QStringLiteral("reset"),
       [](QPainter& p) {
         p.drawArc(QRectF(4, 4, 12, 12), 60 * 16, 280 * 16);
         lines(p, {{9.2, 2.4}, {13, 4.8}, {10.4, 8.4}});
       }},
      {QStringLiteral("blackhole"),
       [](QPainter& p) {
         p.drawEllipse(QPointF(10, 10), 7, 7);
         p.setBrush(p.pen().color());
         p.drawEllipse(QPointF(10, 10), 3, 3);
       }},
      {QStringLiteral("slow"),
       [](QPainter& p) {
         p.drawArc(QRectF(3, 4, 14, 14), 0, 180 * 16);
         lines(p, {{10, 11}, {5.6, 9}});
         lines(p, {{3, 14.4}, {17, 14.4}});
       }},
      {QStringLiteral("pause"),
       [](QPainter& p) {
         box(p);
         lines(p, {{8.3, 8}, {8.3, 12}});
         lines(p, {{11.7, 8}, {11.7, 12}});
       }},
      {QStringLiteral("kill"),
       [](QPainter& p) {
         box(p);
         lines(p, {{7.5, 7.5}, {12.5, 12.5}});
         lines(p, {{12.5, 7.5}, {7.5, 12.5}});
       }},
      {QStringLiteral("scale"),
       [](QPainter& p) {
         p.drawRect(QRectF(3, 9, 5, 7));
         p.drawRect(QRectF(10, 4, 6, 12));
         lines(p, {{5, 6}, {7, 4}});
       }},
      {QStringLiteral("partition"),
       [](QPainter& p) {
         two_ends(p);
         lines(p, {{5.8, 10}, {8, 10}});
         lines(p, {{12, 10}, {14.2, 10}});
         lines(p, {{11.4, 5}, {8.6, 15}});
       }},
      {QStringLiteral("loss"),
       [](QPainter& p) {
         two_ends(p);
         for (const double x : {7.4, 10.0, 12.6}) {
           lines(p, {{x, 10}, {x + 0.4, 10}});
         }
       }},
      {QStringLiteral("load"),
       [](QPainter& p) {
         lines(p, {{3, 16}, {7, 12}, {10.4, 14}, {16, 5}});
         lines(p, {{11.4, 5}, {16.2, 4.4}, {16.6, 9.4}});
       }},
      {QStringLiteral("zone_loss"),
       [](QPainter& p) {
         p.drawRect(QRectF(3, 3, 14, 14));
         for (const double x : {3.0, 7.0, 11.0}) {
           lines(p, {{x, 17}, {x + 6, 3}});
         }
       }},
  };
  return all;
}

}  // namespace

QIcon part_icon(const QString& key, const Theme& theme) {
  const auto found = pictograms().find(key);
  if (found == pictograms().end()) {
    return icon(Icon::kBolt, theme);
  }
  const bool is_of_mesh = key == QLatin1String("service") || key == QLatin1String("send_load");
  QIcon made;
  for (const int size : {20, 40, 60}) {
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(size / 20.0, size / 20.0);
    const QColor color = is_of_mesh ? theme.accent : theme.failing;
    painter.setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    found->second(painter);
    made.addPixmap(pixmap);
  }
  return made;
}

}  // namespace shaketable::gui
