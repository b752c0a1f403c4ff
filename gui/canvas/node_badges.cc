#include <algorithm>
#include <array>

#include "gui/canvas/node_painter.h"

// What stands above and below the box of a service. There is little room between two boxes: from
// afar badges become briefer, then mere shapes, so that none hides a name.
namespace shaketable::gui {
namespace {

constexpr double kBadge = 10, kNote = 10.5;  // Of text.
constexpr double kOnBox = 3;                 // A mark covers so much of its own box,
constexpr double kBeside = 22;               // and so much of the ground beside it.
constexpr double kMostOnBox = 16;            // Below the name, which stays as it is.
constexpr double kGlyph = 8;                 // Pixels on the screen.

}  // namespace

std::vector<NodePainter::Badge> NodePainter::badges(const NodeLook& look) const {
  std::vector<Badge> badges;
  if (!look.faults.empty()) {
    badges.push_back({Badge::Glyph::kBolt, QStringLiteral("⚡ fault"), QStringLiteral("⚡"),
                      theme_.failing, theme_.card});
  }
  if (look.ejected > 0) {
    badges.push_back({Badge::Glyph::kEject,
                      QStringLiteral("%1 of %2 ejected").arg(look.ejected).arg(look.instances),
                      QStringLiteral("⏏ %1/%2").arg(look.ejected).arg(look.instances),
                      theme_.degraded, theme_.dark ? theme_.window : theme_.text});
  }
  if (look.has_run && look.instances_up < look.instances) {
    const std::uint32_t down = look.instances - look.instances_up;
    badges.push_back({Badge::Glyph::kBar, QStringLiteral("%1 down").arg(down),
                      QStringLiteral("▬ %1").arg(down), theme_.down, theme_.card});
  }
  return badges;
}

void NodePainter::draw_badges(const QRectF& box, const std::vector<Badge>& badges) {
  if (!badges.empty() && !draw_pills(box, badges, &Badge::text) &&
      !draw_pills(box, badges, &Badge::brief)) {
    draw_glyphs(box, badges);
  }
}

// Above the box, from the right, so that no title is covered. False when there is no room for all.
bool NodePainter::draw_pills(const QRectF& box, const std::vector<Badge>& badges,
                             QString Badge::*text) {
  constexpr double kBetween = 4;
  painter_.setFont(text_font(kBadge, true));
  QRectF row(0, 0, -kBetween, pill_size({}).height());
  for (const Badge& badge : badges) {
    row.setWidth(row.width() + pill_size(badge.*text).width() + kBetween);
  }
  row.moveBottomRight(QPointF(box.right() - 4, box.top() + kOnBox));
  if (row.width() > box.width() - 8 || !room_.is_free(row, box)) {
    return false;
  }
  QPointF at(row.right(), row.center().y());
  for (const Badge& badge : badges) {
    const QPointF centre = at - QPointF(pill_size(badge.*text).width() / 2, 0);
    at.setX(draw_pill(centre, badge.*text, badge.fill, badge.fill, badge.ink).left() - kBetween);
  }
  room_.take(row);
  return true;
}

void NodePainter::draw_glyphs(const QRectF& box, const std::vector<Badge>& badges) {
  const double side = std::min(kGlyph / scale_, kBeside + kOnBox - 1);
  QRectF place(0, 0, side, side);
  place.moveBottomRight(QPointF(box.right() - 4, box.top() + kOnBox));
  for (const Badge& badge : badges) {
    draw_glyph(place, badge);
    room_.take(place);
    place.translate(-1.3 * side, 0);
  }
}

// A bolt; an arrow up above a bar; a bar.
void NodePainter::draw_glyph(const QRectF& place, const Badge& badge) {
  const auto at = [&place](double x, double y) {
    return place.topLeft() + QPointF(x * place.width(), y * place.height());
  };
  QPolygonF shape;
  switch (badge.glyph) {
    case Badge::Glyph::kBolt:
      shape = {at(0.62, 0), at(0.1, 0.58), at(0.44, 0.58),
               at(0.3, 1),  at(0.9, 0.38), at(0.54, 0.38)};
      break;
    case Badge::Glyph::kEject:
      shape = {at(0.5, 0), at(0, 0.62), at(1, 0.62)};
      break;
    case Badge::Glyph::kBar:
      break;
  }
  painter_.setPen(QPen(theme_.canvas, 1.6 / scale_, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  for (const QBrush& fill : {QBrush(theme_.canvas), QBrush(badge.fill)}) {  // Lines end before it.
    painter_.setBrush(fill);
    painter_.drawPolygon(shape);
    if (badge.glyph == Badge::Glyph::kEject) {
      painter_.drawRect(QRectF(at(0, 0.76), at(1, 1)));
    } else if (badge.glyph == Badge::Glyph::kBar) {
      painter_.drawRect(QRectF(at(0, 0.3), at(1, 0.7)));
    }
    painter_.setPen(Qt::NoPen);
  }
}

// Below the box; the first word of it where there is no room for more.
void NodePainter::draw_note(std::size_t n) {
  const SceneNode& node = picture_.scene.nodes()[n];
  if (picture_.notes == nullptr || scale_ < kTextFrom || !picture_.notes->contains(node.name)) {
    return;
  }
  painter_.setFont(text_font(kNote));
  const double high = pill_size({}).height();
  const double on_box = std::max(kOnBox, high - kBeside);
  const QString& note = picture_.notes->at(node.name);
  for (const QString& text : {note, note.section(QLatin1Char(' '), 0, 0)}) {
    const QRectF place(node.box.bottomLeft() + QPointF(8, -on_box), pill_size(text));
    if (on_box <= kMostOnBox && place.right() <= node.box.right() &&
        room_.is_free(place, node.box)) {
      painter_.setOpacity(is_faded(n) ? kFaded : 1.0);
      draw_pill(place.center(), text, theme_.card, theme_.failing, theme_.failing);
      painter_.setOpacity(1);
      room_.take(place);
      return;
    }
  }
}

}  // namespace shaketable::gui
