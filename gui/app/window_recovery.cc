#include <QApplication>
#include <QFileInfo>
#include <utility>

#include "gui/app/difference_dialog.h"
#include "gui/app/file_claim.h"
#include "gui/app/main_window.h"
#include "gui/app/recovery.h"
#include "gui/workbench/words.h"

// What keeps work from being lost: changes outlive a crash, and a file is open in one window only.
namespace shaketable::gui {

// ---- recovery -------------------------------------------------------------------------------

void MainWindow::use_recovery() {
  const std::vector<Unsaved> left = Recovery::left_behind();
  recovery_ = new Recovery(workbench_, this);
  connect(recovery_, &Recovery::failed, this, [this](const QString& why) {
    message_->say(tr("Changes cannot be kept for a crash: %1").arg(why), true);
  });
  offer_recovered(left);
}

// One after the other, newest first; what is not answered is there at the next start as well.
void MainWindow::offer_recovered(std::vector<Unsaved> left) {
  if (left.empty()) {
    return;
  }
  const Unsaved newest = left.front();
  left.erase(left.begin());
  QString what =
      tr("Changes of %1 were not saved, %2.").arg(QFileInfo(newest.path).fileName(), newest.time);
  if (!left.empty()) {
    what += tr(" There is more: %1.").arg(counted(left.size(), "document"));
  }
  const auto restore = [this, newest, left] {
    if (restore_recovered(newest)) {
      offer_recovered(left);
    }
  };
  message_->ask(what, {{.title = tr("Review …"),
                        .act =
                            [this, newest, restore] {
                              if (show_difference(
                                      this, theme_,
                                      {.name = QStringLiteral("recovered"),
                                       .title = tr("What was not saved"),
                                       .about = tr("Blue lines were not saved, red ones are in the "
                                                   "file."),
                                       .yes = tr("Restore"),
                                       .no = tr("Later")},
                                      Recovery::changes_of(newest))) {
                                restore();
                              }
                            },
                        .stays = true},
                       {.title = tr("Restore"), .act = restore},
                       {.title = tr("Discard"), .act = [this, newest, left] {
                          Recovery::remove(newest);
                          offer_recovered(left);
                        }}});
}

bool MainWindow::restore_recovered(const Unsaved& unsaved) {
  if (!may_leave()) {
    return false;
  }
  message_->hide();
  Recovery::restore(workbench_, unsaved);
  if (unsaved.layout) {
    take_layout(*unsaved.layout);
    note_layout();
    refresh_title();
    refresh_actions();
  }
  recovery_->keep();
  Recovery::remove(unsaved);
  return true;
}

void MainWindow::keep_all() {
  source_->take_over();
  if (recovery_ != nullptr) {
    recovery_->keep();
  }
}

// What is not saved of the places of boxes outlives a crash as well.
void MainWindow::note_layout() {
  if (recovery_ != nullptr) {
    recovery_->note_layout(has_moved() ? std::optional(layout_) : std::nullopt);
  }
}

// ---- one window for a file ------------------------------------------------------------------

void MainWindow::claim_files() {
  claim_ = new FileClaim(this);
  connect(claim_, &FileClaim::show_asked, this, &MainWindow::show_in_front);
  claim_again();
}

bool MainWindow::claim(const QString& path) {
  if (claim_ == nullptr || claim_->take(path)) {
    return true;
  }
  Q_EMIT workbench_.said(
      tr("%1 is open in another window, which shows itself now").arg(QFileInfo(path).fileName()),
      true);
  return false;
}

// The file of the document, whatever was tried since.
void MainWindow::claim_again() {
  if (workbench_.has_file()) {
    claim(QString::fromStdString(workbench_.document().path()));
  } else if (claim_ != nullptr) {
    claim_->give_up();
  }
}

void MainWindow::show_in_front() {
  setWindowState(windowState() & ~Qt::WindowMinimized);
  show();
  raise();
  activateWindow();
  QApplication::alert(this);  // Where a window may not come to the front by itself.
}

}  // namespace shaketable::gui
