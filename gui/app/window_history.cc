#include <algorithm>

#include "gui/app/history_panel.h"
#include "gui/app/main_window.h"

// Undo: moves of boxes and steps of the document, in the order in which they were done.
namespace shaketable::gui {

bool MainWindow::can_undo() const { return !moves_.empty() || workbench_.document().can_undo(); }

bool MainWindow::can_redo() const {
  return !moves_undone_.empty() || workbench_.document().can_redo();
}

void MainWindow::take_move(const Move& move, bool back) {
  take_layout(back ? move.before : move.after);
  note_layout();
  refresh_title();
  refresh_actions();
}

// The menu says what would be undone and done again.
void MainWindow::name_steps() {
  const QStringList all = steps();
  const auto done = static_cast<qsizetype>(steps_done());
  const auto name = [this](const char* action_name, const QString& verb, const QString& what) {
    action(QLatin1String(action_name))
        ->setText(what.isEmpty() ? verb : tr("%1: %2").arg(verb, what));
  };
  name("undo", tr("Undo"), all.value(done - 1));
  name("redo", tr("Redo"), all.value(done));
  if (history_->isVisible()) {
    history_->show_steps(all, static_cast<int>(done));
  }
}

// A move that belongs to the step before it is no step of its own.
std::size_t MainWindow::steps_done() const {
  const auto own =
      std::count_if(moves_.begin(), moves_.end(), [](const Move& move) { return !move.joined; });
  return workbench_.document().position() + static_cast<std::size_t>(own);
}

QStringList MainWindow::steps() const {
  const std::vector<std::string> labels = workbench_.document().labels();
  const std::size_t position = workbench_.document().position();
  QStringList all;
  auto move = moves_.begin();
  for (std::size_t k = 0; k <= position; ++k) {
    for (; move != moves_.end() && (move->position <= k || k == position); ++move) {
      if (!move->joined) {
        all << move->label;
      }
    }
    if (k < position) {
      all << QString::fromStdString(labels[k]);
    }
  }
  // What was taken back, the next one first.
  auto undone = moves_undone_.rbegin();
  for (std::size_t k = position; k <= labels.size(); ++k) {
    for (; undone != moves_undone_.rend() && (undone->position <= k || k == labels.size());
         ++undone) {
      if (!undone->joined) {
        all << undone->label;
      }
    }
    if (k < labels.size()) {
      all << QString::fromStdString(labels[k]);
    }
  }
  return all;
}

void MainWindow::go_to_step(int wanted) {
  const auto done = static_cast<int>(steps_done());
  for (int i = wanted; i < done; ++i) {
    undo();
  }
  for (int i = done; i < wanted; ++i) {
    redo();
  }
}

// Moves of boxes and steps of the document are taken back in the order in which they were done.
void MainWindow::undo() {
  source_->take_over();
  const std::size_t position = workbench_.document().position();
  if (moves_.empty() || moves_.back().position < position) {
    step_document(true);
    return;
  }
  const Move move = moves_.back();
  moves_undone_.push_back(move);
  moves_.pop_back();
  take_move(move, true);
  if (move.joined) {
    step_document(true);
  }
}

void MainWindow::step_document(bool back) {
  is_undoing_ = true;
  back ? workbench_.undo() : workbench_.redo();
  is_undoing_ = false;
}

void MainWindow::redo() {
  const auto is_due = [this] {
    return !moves_undone_.empty() &&
           moves_undone_.back().position <= workbench_.document().position();
  };
  if (!is_due()) {
    step_document(false);
    if (!is_due() || !moves_undone_.back().joined) {
      return;
    }
  }
  moves_.push_back(moves_undone_.back());
  moves_undone_.pop_back();
  take_move(moves_.back(), false);
}

}  // namespace shaketable::gui
