#include <QContextMenuEvent>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/canvas/qt_words.h"
#include "gui/panels/timeline_bar.h"

// Notes on the time line.
namespace shaketable::gui {
namespace {

constexpr double kNotesHigh = 13;  ///< Above the faults, of the words; a flag is in it, too.
constexpr double kStripHigh = 58, kStaffBottom = 41;  ///< Below the row.
constexpr double kBarsHigh = 8;                       ///< Of faults, which are taken first.
constexpr double kNoteReach = 5;
constexpr double kFlagWide = 8, kApart = 3;
constexpr double kLeastWords = 22;  ///< Fewer letters than fit here tell nothing.

QFont note_font() {
  QFont font;
  font.setPixelSize(10);
  return font;
}

}  // namespace

double TimelineStrip::notes_high() const { return workbench_.notes().empty() ? 0 : kNotesHigh; }

QSize TimelineStrip::sizeHint() const { return {600, static_cast<int>(kStripHigh + notes_high())}; }

QSize TimelineStrip::minimumSizeHint() const { return {200, sizeHint().height()}; }

std::optional<std::size_t> TimelineStrip::note_at(const QPointF& point) const {
  const Notes& notes = workbench_.notes();
  std::optional<std::size_t> nearest;
  double least = kNoteReach;
  const double below = point.y() - notes_high();
  for (std::size_t i = 0; i < notes.size() && (below < 0 || below >= kBarsHigh); ++i) {
    if (const double far = std::abs(x_of(notes[i].at) - point.x()); far <= least) {
      nearest = i;
      least = far;
    }
  }
  return nearest;
}

// Behind its flag, or before it where more of them fit.
std::vector<TimelineStrip::NoteWords> TimelineStrip::note_words() const {
  const Notes& notes = workbench_.notes();
  const QFontMetricsF metrics(note_font());
  std::vector<NoteWords> all;
  double free_from = 0;
  for (std::size_t i = 0; i < notes.size() && notes[i].at <= workbench_.end(); ++i) {
    const double x = x_of(notes[i].at);
    const bool is_last = i + 1 == notes.size() || notes[i + 1].at > workbench_.end();
    const double behind = x + kFlagWide + kApart;
    const double room_behind = (is_last ? width() : x_of(notes[i + 1].at) - kApart) - behind;
    const double room_before = x - kApart - free_from;
    const QString text = words(notes[i].text);
    const double wanted = std::ceil(metrics.horizontalAdvance(text));
    const bool is_before = room_behind < wanted && room_before > room_behind;
    const double room = std::max(0.0, std::min(wanted, is_before ? room_before : room_behind));
    NoteWords& note = all.emplace_back();
    if (room >= std::min(wanted, kLeastWords)) {
      note.text = metrics.elidedText(text, Qt::ElideRight, room);
      note.place = QRectF(is_before ? x - kApart - room : behind, 0, room, kNotesHigh);
    }
    free_from = std::max(behind, is_before ? 0 : note.place.right() + kApart);
  }
  return all;
}

void TimelineStrip::draw_notes(QPainter& painter) const {
  painter.setFont(note_font());
  const std::vector<NoteWords> all = note_words();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double x = x_of(workbench_.notes()[i].at);
    painter.setPen(QPen(theme_.text, 1));
    painter.drawLine(QPointF(x, 2), QPointF(x, kNotesHigh + kStaffBottom));
    painter.drawText(all[i].place, Qt::AlignLeft | Qt::AlignVCenter, all[i].text);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme_.text);
    painter.drawPolygon(QPolygonF{QPointF(x, 2), QPointF(x + kFlagWide, 6), QPointF(x, 10)});
  }
}

void TimelineStrip::contextMenuEvent(QContextMenuEvent* event) {
  if (scenario() != nullptr) {
    Q_EMIT menu_asked(at_x(event->pos().x()), note_at(event->pos()), event->globalPos());
  }
}

}  // namespace shaketable::gui
