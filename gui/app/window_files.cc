#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QMessageBox>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "engine/cli/output_file.h"
#include "gui/app/difference_dialog.h"
#include "gui/app/main_window.h"
#include "gui/app/panel_tabs.h"
#include "gui/app/recent_files.h"
#include "gui/app/recovery.h"
#include "gui/app/start_page.h"
#include "gui/canvas/qt_words.h"
#include "gui/document/mesh_edits.h"
#include "gui/document/text_edit.h"
#include "gui/document/written_path.h"
#include "gui/panels/find_bar.h"
#include "gui/workbench/words.h"
#include "reports/html/html_report.h"

// Files: opening, saving, exporting, and what happens to them outside.
namespace shaketable::gui {
namespace {

QString scenario_filter() { return QObject::tr("Scenarios and meshes (*.yaml *.yml *.json)"); }

}  // namespace

void MainWindow::new_from_template() {
  if (!may_leave()) {
    return;
  }
  bool is_wanted = false;
  const QString name = QInputDialog::getItem(this, tr("New scenario"), tr("Template"),
                                             template_names(), 0, false, &is_wanted);
  if (is_wanted) {
    workbench_.create(name + QStringLiteral(".yaml"), template_text(name).toStdString());
    message_->hide();
  }
}

void MainWindow::ask_open() {
  const QString folder = QFileInfo(QString::fromStdString(workbench_.document().path())).path();
  const QString path = QFileDialog::getOpenFileName(this, tr("Open"), folder, scenario_filter());
  if (!path.isEmpty()) {
    open(path);
  }
}

void MainWindow::ask_import() {
  const QString folder = QFileInfo(QString::fromStdString(workbench_.document().path())).path();
  const QStringList paths = QFileDialog::getOpenFileNames(
      this, tr("Import policies"), folder, tr("Istio objects (*.yaml *.yml *.json)"));
  if (!paths.isEmpty()) {
    import_policies(paths);
  }
}

// A path as a file of the document names it: the one in which the key is, or would be, written.
std::string MainWindow::path_from_document(const QString& path, const KeyPath& key) const {
  namespace fs = std::filesystem;
  const engine::ScenarioSource& source = workbench_.document().source();
  const std::string written = written_place(source, key).file;
  const fs::path from =
      fs::absolute(fs::path(written.empty() ? source.file : written)).parent_path();
  const fs::path file = fs::absolute(fs::path(path.toStdString()));
  return yaml_scalar(workbench_.has_file() ? file.lexically_relative(from).generic_string()
                                           : file.string());
}

void MainWindow::ask_import_load() {
  const QString folder = QFileInfo(QString::fromStdString(workbench_.document().path())).path();
  const QString path = QFileDialog::getOpenFileName(
      this, tr("Import load"), folder, tr("Load files and scenarios (*.yaml *.yml *.json)"));
  if (!path.isEmpty()) {
    import_load(path);
  }
}

bool MainWindow::import_load(const QString& path) {
  source_->take_over();
  const KeyPath key = {"load"};
  auto edit = set_value(workbench_.document().source(), key, path_from_document(path, key));
  if (edit) {
    edit->label = "Import load";
  }
  if (!workbench_.edit(edit)) {
    return false;
  }
  watch_files();
  Q_EMIT workbench_.said(tr("The load of %1 is sent now").arg(QFileInfo(path).fileName()), false);
  return true;
}

// They stay where they are: the scenario names them, as seen from the file that does.
bool MainWindow::import_policies(const QStringList& paths) {
  source_->take_over();
  const engine::ScenarioSource& source = workbench_.document().source();
  const KeyPath key = {"policies"};
  WrittenItems items = written_items(source, key);
  const std::size_t before = items.items.size();
  for (const QString& path : paths) {
    const std::string item = path_from_document(path, key);
    if (std::find(items.items.begin(), items.items.end(), item) == items.items.end()) {
      items.items.push_back(item);
    }
  }
  if (items.items.size() == before) {
    Q_EMIT workbench_.said(tr("The scenario has these policies already"), false);
    return true;
  }
  auto edit = set_value(source, key, items_value(items));
  if (edit) {
    edit->label = "Import policies";
  }
  if (!workbench_.edit(edit)) {
    return false;
  }
  watch_files();
  Q_EMIT workbench_.said(tr("Policies of %1 hold now; Problems tells what of them is not modelled")
                             .arg(counted(static_cast<std::size_t>(paths.size()), "file")),
                         false);
  return true;
}

bool MainWindow::save() {
  source_->take_over();
  if (!workbench_.has_file()) {
    return save_as();
  }
  watcher_.removePaths(watcher_.files());
  const bool is_saved = workbench_.save();
  if (is_saved) {
    save_places();
    refresh_title();
  } else {
    keep_for_recovery();
  }
  watch_files();
  return is_saved;
}

// What cannot be written is not lost; the message, which says why, says that as well.
void MainWindow::keep_for_recovery() {
  if (recovery_ != nullptr && recovery_->keep()) {
    message_->say(tr("%1 — the changes are kept for the next start, in %2")
                      .arg(message_->text(), Recovery::folder()),
                  true);
  }
}

// Places that cannot be written stay unsaved, as the title tells.
void MainWindow::save_places() {
  if (const auto written = write_layout(workbench_.document().path(), layout_); !written) {
    message_->say(words_of(written.error()), true);
    return;
  }
  saved_layout_ = layout_;
  note_layout();
}

bool MainWindow::save_as() {
  source_->take_over();
  QString path = QFileDialog::getSaveFileName(
      this, tr("Save as"), QString::fromStdString(workbench_.document().path()), scenario_filter());
  if (path.isEmpty()) {
    return false;
  }
  if (QFileInfo(path).suffix().isEmpty()) {
    path += QStringLiteral(".yaml");
  }
  return save_to(path);
}

bool MainWindow::save_to(const QString& path) {
  if (!claim(path)) {
    return false;
  }
  if (!workbench_.save_as(path)) {
    claim_again();
    keep_for_recovery();
    return false;
  }
  save_places();
  moves_.clear();  // The document begins anew, too.
  moves_undone_.clear();
  remember_file(path);
  refresh_pin();
  watch_files();
  refresh_title();
  return true;
}

// Whether there are changes that no file holds. An untouched template is nothing to lose.
bool MainWindow::has_changes() const {
  const bool is_changed = workbench_.document().is_modified() || has_moved();
  return is_changed && !workbench_.document().source().files.empty() &&
         (workbench_.has_file() || can_undo());
}

bool MainWindow::may_leave() {
  source_->take_over();
  const RunEntry* const shaken = workbench_.unkept();
  if (!has_changes() && shaken == nullptr) {
    return true;
  }
  QStringList what;
  if (has_changes()) {
    what << tr("%1 has changes that are not saved.")
                .arg(QFileInfo(QString::fromStdString(workbench_.document().path())).fileName());
  }
  if (shaken != nullptr) {
    what << tr("What was done to %1 (%2) is in no file; saving keeps it as faults.")
                .arg(title_of(*shaken), counted(shaken->status.acts, "act"));
  }
  QMessageBox box(QMessageBox::NoIcon, tr("Shaketable"), what.join(QLatin1Char('\n')),
                  QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
  box.setObjectName(QStringLiteral("leave"));
  switch (box.exec()) {
    case QMessageBox::Save:
      return keep_unkept() && save();
    case QMessageBox::Discard:
      return true;
    default:
      return false;
  }
}

bool MainWindow::keep_unkept() {
  const auto& runs = workbench_.runs();
  const RunEntry* const shaken = workbench_.unkept();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (&runs[i] == shaken) {
      workbench_.show_run(i);
      return workbench_.keep_acts();
    }
  }
  return true;
}

// Another document: its boxes stand where they were put, and nothing can be undone.
void MainWindow::opened() {
  const std::string& path = workbench_.document().path();
  moves_.clear();
  moves_undone_.clear();
  restart_offered_ = 0;
  Layout layout = workbench_.has_file() ? read_layout(path) : Layout();
  if (layout.grouping == Grouping()) {
    layout.grouping = usual_grouping();
  }
  layout_ = layout;
  saved_layout_ = layout;
  note_layout();
  claim_again();
  find_bar_->end();
  take_layout(layout);
  canvas_->fit();
  if (workbench_.has_file()) {
    remember_file(QString::fromStdString(path));
  }
  refresh_pin();
  watch_files();
  refresh_title();
  refresh_actions();
  show_what_is_broken();
}

// A file with mistakes opens at the first one, with the rest of it in the drawing.
void MainWindow::show_what_is_broken() {
  const ScenarioDocument& document = workbench_.document();
  if (document.is_good() || !workbench_.has_file()) {
    return;
  }
  below_->show_page(below_->indexOf(problems_));
  const QString what = counted(document.errors(), "mistake");
  message_->say(workbench_.scenario() != nullptr
                    ? tr("%1: what could be read is shown; it can run when they are gone").arg(what)
                    : tr("%1: nothing could be read that can be drawn").arg(what),
                true);
  for (const engine::Diagnostic& problem : document.problems()) {
    if (problem.severity == engine::Severity::kError && problem.line > 0) {
      Q_EMIT workbench_.place_asked(problem.file, problem.line);
      return;
    }
  }
}

void MainWindow::watch_files() {
  if (!watcher_.files().isEmpty()) {
    watcher_.removePaths(watcher_.files());
  }
  for (const engine::SourceFile& file : workbench_.document().source().files) {
    const QString path = QString::fromStdString(file.name);
    if (QFileInfo::exists(path)) {
      watcher_.addPath(path);
    }
  }
}

// What another program has written since files were read or written last.
std::vector<PreviewedFile> MainWindow::changes_outside() const {
  std::vector<PreviewedFile> changed;
  for (const engine::SourceFile& file : workbench_.document().source().files) {
    QFile disk(QString::fromStdString(file.name));
    if (!disk.open(QIODevice::ReadOnly)) {
      continue;
    }
    std::string text = disk.readAll().toStdString();
    const engine::SourceFile* const saved = workbench_.document().saved(file.name);
    const bool is_other = saved == nullptr || text != saved->text;
    if (is_other && text != file.text) {
      changed.push_back({.name = file.name, .before = file.text, .after = std::move(text)});
    }
  }
  return changed;
}

void MainWindow::files_changed_outside() {
  watch_files();  // A file that was replaced is another one to the watcher.
  if (changes_outside().empty()) {
    return;
  }
  if (workbench_.document().is_modified()) {
    message_->ask(tr("The files were changed by another program, and here as well."),
                  tr("Compare …"), [this] { compare_with_disk(); });
    return;
  }
  const QString path = QString::fromStdString(workbench_.document().path());
  message_->ask(tr("The files were changed by another program."), tr("Read them again"),
                [this, path] { workbench_.open(path); });
}

// What both have changed. Taking the disk's is a step that can be undone: nothing is lost.
void MainWindow::compare_with_disk() {
  const std::vector<PreviewedFile> changed = changes_outside();
  if (!show_difference(this, theme_,
                       {.name = QStringLiteral("disk"),
                        .title = tr("Here and on the disk"),
                        .about = tr("Blue lines are on the disk, red ones are here."),
                        .yes = tr("Take what is on the disk"),
                        .no = tr("Keep what is here")},
                       changed)) {
    return;
  }
  DocumentEdit theirs{.label = "Take what is on the disk", .changes = {}};
  for (const PreviewedFile& file : changed) {
    theirs.changes.push_back(
        {.file = file.name, .offset = 0, .removed = file.before, .inserted = file.after});
  }
  workbench_.edit(theirs);
}

// ---- exports --------------------------------------------------------------------------------

void MainWindow::ask_export(const QString& title, const QString& filter,
                            const std::function<bool(const QString&)>& write) {
  const QString suffix = filter.section(QLatin1Char('.'), -1).chopped(1);
  const QFileInfo file(QString::fromStdString(workbench_.document().path()));
  QString path = QFileDialog::getSaveFileName(
      this, title, file.dir().filePath(file.completeBaseName() + QLatin1Char('.') + suffix),
      filter);
  if (path.isEmpty()) {
    return;
  }
  if (QFileInfo(path).suffix().isEmpty()) {
    path += QLatin1Char('.') + suffix;
  }
  tell_written(path, write(path));
}

void MainWindow::tell_written(const QString& path, bool is_written) {
  Q_EMIT workbench_.said(
      is_written ? tr("Written: %1").arg(path) : tr("%1 cannot be written").arg(path), !is_written);
}

bool MainWindow::export_report(const QString& path) {
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr || shown->result == nullptr) {
    return false;
  }
  return engine::write_output(path.toStdString(), reports::write_html(shown->result->run.report()))
      .has_value();
}

}  // namespace shaketable::gui
