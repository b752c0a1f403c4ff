#include <QInputDialog>
#include <QMenu>
#include <algorithm>
#include <utility>

#include "gui/app/main_window.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/menu_heading.h"
#include "gui/workbench/words.h"

// Notes on moments of the time line.
namespace shaketable::gui {

void MainWindow::create_note_actions() {
  const auto key = [](const char* text) {
    return QList<QKeySequence>{QKeySequence(QLatin1String(text))};
  };
  add_action("note", tr("Mark this moment …"), key("M"), {},
             [this] { ask_note(workbench_.cursor().value_or(workbench_.moment())); });
  add_action("next_note", tr("Next note"), key("Ctrl+M"), {},
             [this] { workbench_.jump(true, Jump::kNote); });
  add_action("previous_note", tr("Note before"), key("Ctrl+Shift+M"), {},
             [this] { workbench_.jump(false, Jump::kNote); });
  connect(&timeline_->strip(), &TimelineStrip::menu_asked, this,
          [this](engine::Instant at, std::optional<std::size_t> note, const QPoint& where) {
            note_menu(at, note)->exec(where);
          });
}

void MainWindow::ask_note(engine::Instant at) {
  bool is_wanted = false;
  const QString text =
      QInputDialog::getText(this, tr("Note"),
                            tr("What is to be remembered of %1?").arg(clock_text(at)),
                            QLineEdit::Normal, QString(), &is_wanted)
          .trimmed();
  if (is_wanted && !text.isEmpty()) {
    add_note(at, text.toStdString());
  }
}

void MainWindow::add_note(engine::Instant at, const std::string& text) {
  workbench_.set_notes(with_note(workbench_.notes(), {.at = at, .text = text}));
}

// What can be done at a moment of the time line, or with the note that stands there.
std::unique_ptr<QMenu> MainWindow::note_menu(engine::Instant at, std::optional<std::size_t> note) {
  auto menu = std::make_unique<QMenu>();
  if (!note || *note >= workbench_.notes().size()) {
    menu->addAction(tr("Mark this moment …"), this, [this, at] { ask_note(at); });
    return menu;
  }
  const Note chosen = workbench_.notes()[*note];
  add_heading(*menu, words(chosen.text));
  menu->addAction(tr("Go there"), this, [this, chosen] {
    workbench_.play_back(0);
    workbench_.look_at(chosen.at);
  });
  menu->addAction(tr("Take it away"), this, [this, chosen] {
    Notes notes = workbench_.notes();
    if (const auto found = std::find(notes.begin(), notes.end(), chosen); found != notes.end()) {
      notes.erase(found);
      workbench_.set_notes(std::move(notes));
    }
  });
  return menu;
}

void MainWindow::refresh_note_actions() {
  enable("note", !workbench_.document().source().files.empty());
  for (const char* const name : {"next_note", "previous_note"}) {
    enable(name, workbench_.shown() != nullptr && !workbench_.notes().empty());
  }
}

}  // namespace shaketable::gui
