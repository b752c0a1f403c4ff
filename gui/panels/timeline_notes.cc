#include <QContextMenuEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/canvas/qt_words.h"
#include "gui/panels/timeline_bar.h"

// Notes on the time line.
namespace shaketable::gui {
namespace {

constexpr double kStaffTop = 8, kStaffBottom = 41;  ///< Of the staff; its flag flies at the top.
constexpr double kNoteReach = 5;
constexpr double kWidestNote = 150;  ///< Words that are longer are cut off; the tip has them all.
constexpr double kFlagWide = 8;

}  // namespace

std::optional<std::size_t> TimelineStrip::note_at(const QPointF& point) const {
  const Notes& notes = workbench_.notes();
  std::optional<std::size_t> nearest;
  double least = kNoteReach;
  for (std::size_t i = 0; i < notes.size() && point.y() >= kStaffTop; ++i) {
    if (const double far = std::abs(x_of(notes[i].at) - point.x()); far <= least) {
      nearest = i;
      least = far;
    }
  }
  return nearest;
}

// A flag for each, with its words where nothing else is written.
void TimelineStrip::draw_notes(QPainter& painter, std::vector<QRectF> taken) const {
  QFont font;
  font.setPixelSize(10);
  painter.setFont(font);
  for (const Note& note : workbench_.notes()) {
    if (note.at > workbench_.end()) {
      break;
    }
    const double x = x_of(note.at);
    painter.setPen(QPen(theme_.text, 1));
    painter.drawLine(QPointF(x, kStaffTop), QPointF(x, kStaffBottom));
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme_.text);
    painter.drawPolygon(QPolygonF{QPointF(x, kStaffTop), QPointF(x + kFlagWide, kStaffTop + 4),
                                  QPointF(x, kStaffTop + 8)});
    const QString text = painter.fontMetrics().elidedText(words(note.text), Qt::ElideRight,
                                                          static_cast<int>(kWidestNote));
    const QRectF place(x + kFlagWide + 3, kStaffTop - 2,
                       painter.fontMetrics().horizontalAdvance(text) + 2, 13);
    const bool is_free =
        place.right() < width() &&
        std::none_of(taken.begin(), taken.end(), [&](const QRectF& other) {
          return other.left() < place.right() + 4 && place.left() < other.right() + 4;
        });
    if (is_free) {
      painter.setPen(theme_.text);
      painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter, text);
      taken.push_back(place);
    }
  }
}

void TimelineStrip::contextMenuEvent(QContextMenuEvent* event) {
  if (scenario() != nullptr) {
    Q_EMIT menu_asked(at_x(event->pos().x()), note_at(event->pos()), event->globalPos());
  }
}

}  // namespace shaketable::gui
