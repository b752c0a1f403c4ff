#include "gui/panels/notes_panel.h"

#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QSignalBlocker>

#include "gui/canvas/qt_words.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kNoteTime = 0, kNoteWords = 1;

}  // namespace

NotesPanel::NotesPanel(Workbench& workbench, QWidget* parent)
    : QTreeWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("notes"));
  setAccessibleName(tr("Notes on moments"));
  setHeaderLabels({tr("Time"), tr("Note")});
  setRootIsDecorated(false);
  setUniformRowHeights(true);
  setAllColumnsShowFocus(true);
  setColumnWidth(kNoteTime, 80);
  setEditTriggers(NoEditTriggers);
  connect(this, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem* item) { go(*item); });
  connect(this, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* item) { go(*item); });
  connect(this, &QTreeWidget::itemDoubleClicked, this,
          [this](QTreeWidgetItem* item) { editItem(item, kNoteWords); });
  connect(this, &QTreeWidget::itemChanged, this,
          [this](QTreeWidgetItem* item) { take_words(*item); });
  connect(&workbench_, &Workbench::notes_changed, this, &NotesPanel::refresh);
  refresh();
}

void NotesPanel::refresh() {
  const QSignalBlocker quiet(this);
  const int current = indexOfTopLevelItem(currentItem());
  clear();
  for (const Note& note : workbench_.notes()) {
    auto* const item = new QTreeWidgetItem({clock_text(note.at), words(note.text)});
    item->setFlags(item->flags() | Qt::ItemIsEditable);
    addTopLevelItem(item);
  }
  setCurrentItem(topLevelItem(std::min(current, topLevelItemCount() - 1)));
}

void NotesPanel::go(QTreeWidgetItem& item) {
  const auto row = static_cast<std::size_t>(indexOfTopLevelItem(&item));
  if (row < workbench_.notes().size()) {
    workbench_.play_back(0);
    workbench_.look_at(workbench_.notes()[row].at);
  }
}

void NotesPanel::remove_current() {
  const int row = indexOfTopLevelItem(currentItem());
  if (row >= 0) {
    Notes notes = workbench_.notes();
    notes.erase(notes.begin() + row);
    workbench_.set_notes(std::move(notes));
  }
}

// Later, because the list is made anew by it, and is still busy with its editor.
void NotesPanel::take_words(QTreeWidgetItem& item) {
  const auto row = static_cast<std::size_t>(indexOfTopLevelItem(&item));
  const std::string text = item.text(kNoteWords).trimmed().toStdString();
  QMetaObject::invokeMethod(
      this,
      [this, row, text] {
        Notes notes = workbench_.notes();
        if (row < notes.size() && !text.empty() && notes[row].text != text) {
          notes[row].text = text;
          workbench_.set_notes(std::move(notes));
        } else {
          refresh();
        }
      },
      Qt::QueuedConnection);
}

void NotesPanel::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Delete) {
    remove_current();
  } else if (event->key() == Qt::Key_F2 && currentItem() != nullptr) {
    editItem(currentItem(), kNoteWords);
  } else {
    QTreeWidget::keyPressEvent(event);
  }
}

void NotesPanel::contextMenuEvent(QContextMenuEvent* event) {
  QTreeWidgetItem* const item = itemAt(viewport()->mapFrom(this, event->pos()));
  if (item == nullptr) {
    return;
  }
  setCurrentItem(item);
  QMenu menu;
  menu.addAction(tr("Go there"), this, [this, item] { go(*item); });
  menu.addAction(tr("Change its words"), this, [this, item] { editItem(item, kNoteWords); });
  menu.addAction(tr("Take it away"), this, &NotesPanel::remove_current);
  menu.exec(event->globalPos());
}

void NotesPanel::paintEvent(QPaintEvent* event) {
  QTreeWidget::paintEvent(event);
  if (topLevelItemCount() == 0) {
    QPainter painter(viewport());
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(viewport()->rect().adjusted(12, 10, -12, -10),
                     Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                     tr("M marks the moment that is shown, or the one under the mouse in the time "
                        "line or a chart. Notes are kept beside the scenario."));
  }
}

}  // namespace shaketable::gui
