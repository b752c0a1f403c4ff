#include "gui/canvas/group_painter.h"

#include <QFontMetricsF>
#include <QObject>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/canvas/name_lines.h"
#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

constexpr double kRound = 12;

/// Worse states are greater; what is not known counts least.
int badness(NodeHealth health) { return static_cast<int>(health); }

class GroupPainter {
 public:
  GroupPainter(QPainter& painter, const Picture& picture, double scale)
      : painter_(painter), picture_(picture), theme_(picture.theme), scale_(scale) {}

  void draw_frame(const SceneGroup& group) {
    QColor fill = theme_.accent;
    fill.setAlpha(theme_.dark ? 18 : 13);
    QColor line = theme_.accent;
    line.setAlpha(110);
    painter_.setBrush(fill);
    painter_.setPen(QPen(line, 1.4 / std::min(1.0, scale_), Qt::DashLine));
    painter_.drawRoundedRect(group.box, kRound, kRound);
    painter_.setFont(font(13, true));
    painter_.setPen(theme_.muted);
    const QRectF strip(group.box.left() + 12, group.box.top(), group.box.width() - 24,
                       SceneGroup::kTitle);
    draw_text(strip, QStringLiteral("▾ ") + title(group));
  }

  void draw_box(const SceneGroup& group) {
    const GroupLook look = look_of(group, picture_.look);
    const QColor color =
        look.health == NodeHealth::kNoData ? theme_.border : theme_.of(look.health);
    const double width = badness(look.health) >= badness(NodeHealth::kDegraded) ? 2.6 : 1.4;
    painter_.setPen(QPen(theme_.border, 1));
    painter_.setBrush(theme_.card);
    for (const double shift : {8.0, 4.0}) {  // A pile: there is more than one.
      painter_.drawRoundedRect(group.box.translated(shift, shift), kRound, kRound);
    }
    painter_.setPen(QPen(color, width / std::min(1.0, scale_)));
    painter_.drawRoundedRect(group.box, kRound, kRound);
    const QRectF inner = group.box.adjusted(14, 10, -12, -8);
    draw_health_glyph(painter_, look.health, inner.topLeft() + QPointF(7, 10), 13, color);
    double top = draw_title(QRectF(inner.left() + 22, inner.top(), inner.width() - 22, 20), group);
    painter_.setFont(font(12, false));
    const double high = std::max(18.0, QFontMetricsF(painter_.font()).height());
    const QString count =
        counted(look.members, "service") +
        (look.rate > 0 ? QStringLiteral(" · ") + words(rate_text(look.rate)) : QString());
    for (const auto& [text, ink] :
         {std::pair(count, theme_.muted), std::pair(states(look), color)}) {
      if (text.isEmpty() || top + high > group.box.bottom() - 4) {
        break;  // As many lines as there is room for.
      }
      painter_.setPen(ink);
      draw_text(QRectF(inner.left(), top, inner.width(), high), text);
      top += high;
    }
  }

  void draw_link(const GroupLink& link) {
    const QRectF& from = picture_.scene.box_of(link.from);
    const QRectF& to = picture_.scene.box_of(link.to);
    const QPointF begin(from.right(), from.center().y()), end(to.left(), to.center().y());
    NodeHealth health = NodeHealth::kNoData;
    double rate = 0;
    bool is_open = false;
    for (const std::size_t e : link.edges) {
      if (picture_.look != nullptr && e < picture_.look->edges.size()) {
        const EdgeLook& look = picture_.look->edges[e];
        health = badness(look.health) > badness(health) ? look.health : health;
        rate += look.rate;
        is_open = is_open || look.circuit_open;
      }
    }
    QColor color = health == NodeHealth::kNoData
                       ? (theme_.dark ? theme_.border.lighter(120) : theme_.border.darker(110))
                       : theme_.of(health);
    QPen pen(color, 1.8 + std::min(4.0, std::log10(1 + rate) * 1.2));
    if (is_open) {
      pen.setDashPattern({3.0, 2.2});
    }
    painter_.setPen(pen);
    painter_.setBrush(Qt::NoBrush);
    QPainterPath path(begin);
    const double reach = std::max(44.0, std::abs(end.x() - begin.x()) / 2);
    path.cubicTo(begin + QPointF(reach, 0), end - QPointF(reach, 0), end);
    painter_.drawPath(path);
    painter_.setPen(Qt::NoPen);
    painter_.setBrush(color);
    const double size = 7 + pen.widthF();
    painter_.drawPolygon(
        QPolygonF{end, end + QPointF(-size, -size * 0.48), end + QPointF(-size, size * 0.48)});
  }

 private:
  [[nodiscard]] QFont font(double pixels, bool is_bold) const {
    QFont made = painter_.font();
    made.setPixelSize(
        static_cast<int>(std::max(pixels, picture_.least_text / std::max(scale_, 0.3))));
    made.setWeight(is_bold ? QFont::DemiBold : QFont::Normal);
    return made;
  }

  // The name, on two lines where one is too short; returns where it ends.
  double draw_title(QRectF line, const SceneGroup& group) {
    painter_.setFont(font(14, true));
    painter_.setPen(theme_.text);
    const QFontMetricsF metrics(painter_.font());
    line.setHeight(std::max(line.height(), metrics.height()));
    const auto [first, second] = name_lines(title(group), metrics, line.width());
    draw_text(line, first);
    if (!second.isEmpty()) {
      line.translate(0, metrics.height() * 0.94);
      draw_text(line, second);
    }
    return line.bottom() + 4;
  }

  void draw_text(const QRectF& place, const QString& text) {
    const QFontMetricsF metrics(painter_.font());
    painter_.drawText(place, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip,
                      metrics.elidedText(text, Qt::ElideRight, place.width()));
  }

  static QString title(const SceneGroup& group) {
    switch (group.by) {
      case GroupBy::kNamespace:
        return QObject::tr("namespace %1").arg(words(group.name));
      case GroupBy::kZone:
        if (group.name.starts_with("zone")) {
          return words(group.name);  // "zone-1"
        }
        return group.name.find(',') == std::string::npos
                   ? QObject::tr("zone %1").arg(words(group.name))
                   : QObject::tr("zones %1").arg(words(group.name));
      case GroupBy::kOwn:
      case GroupBy::kNothing:
        break;
    }
    return words(group.name);
  }

  static QString states(const GroupLook& look) {
    QStringList parts;
    const auto add = [&parts](std::size_t count, const QString& word) {
      if (count > 0) {
        parts << QStringLiteral("%1 %2").arg(count).arg(word);
      }
    };
    add(look.down, QObject::tr("down"));
    add(look.failing, QObject::tr("failing"));
    add(look.degraded, QObject::tr("degraded"));
    return parts.join(QStringLiteral(" · "));
  }

  QPainter& painter_;
  const Picture& picture_;
  const Theme& theme_;
  double scale_;
};

}  // namespace

GroupLook look_of(const SceneGroup& group, const MeshLook* look) {
  GroupLook all{.members = group.members.size()};
  for (const std::size_t n : group.members) {
    if (look == nullptr || n >= look->nodes.size()) {
      continue;
    }
    const NodeLook& node = look->nodes[n];
    all.rate += node.rate;
    all.health = badness(node.health) > badness(all.health) ? node.health : all.health;
    all.failing += node.health == NodeHealth::kFailing ? 1 : 0;
    all.degraded += node.health == NodeHealth::kDegraded ? 1 : 0;
    all.down += node.health == NodeHealth::kDown ? 1 : 0;
  }
  return all;
}

void draw_groups(QPainter& painter, const Picture& picture, double scale, const QRectF& visible) {
  GroupPainter groups(painter, picture, scale);
  for (const SceneGroup& group : picture.scene.groups()) {
    if (!group.hidden && !group.collapsed && group.box.intersects(visible)) {
      groups.draw_frame(group);
    }
  }
  for (const GroupLink& link : picture.scene.links()) {
    groups.draw_link(link);
  }
  for (const SceneGroup& group : picture.scene.groups()) {
    if (!group.hidden && group.collapsed && group.box.intersects(visible)) {
      groups.draw_box(group);
    }
  }
}

}  // namespace shaketable::gui
