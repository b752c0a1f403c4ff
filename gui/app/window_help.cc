#include <QDir>
#include <QDockWidget>
#include <QFileDialog>
#include <QSettings>
#include <QStandardPaths>
#include <QTabWidget>
#include <QToolBar>
#include <QToolButton>

#include "gui/app/main_window.h"
#include "gui/app/panel_tabs.h"
#include "gui/app/samples.h"
#include "gui/app/shortcut_editor.h"
#include "gui/app/start_page.h"
#include "gui/app/tour.h"
#include "gui/document/text_edit.h"
#include "gui/workbench/words.h"

// Keys, the tour, and sample projects.
namespace shaketable::gui {
namespace {

QString tour_setting() { return QStringLiteral("tour/seen"); }

}  // namespace

void MainWindow::create_help_actions() {
  add_action("shortcuts", tr("Keys …"),
             {QKeySequence(QStringLiteral("F1")), QKeySequence(QStringLiteral("Ctrl+/"))}, {},
             [this] { show_shortcuts(); });
  add_action("tour", tr("Tour in five steps"), {}, {}, [this] { begin_tour(); });
  connect(start_, &StartPage::tour_asked, this, &MainWindow::begin_tour);
  connect(start_, &StartPage::sample_asked, this, &MainWindow::try_sample);
}

std::vector<ShortcutEntry> MainWindow::shortcut_entries() const {
  std::vector<ShortcutEntry> entries;
  for (const auto& [name, entry] : actions_) {
    entries.push_back({entry.first, usual_keys_.at(name)});
  }
  return entries;
}

void MainWindow::show_shortcuts() {
  const std::vector<std::pair<QString, QString>> hands = {
      {tr("Run or pause"), tr("space bar on the drawing")},
      {tr("Move the view"), tr("drag the ground, middle button, wheel; space bar and drag")},
      {tr("Zoom"), tr("Ctrl + wheel, +, -")},
      {tr("Select more"), tr("Ctrl + click; Shift + drag on the ground")},
      {tr("Copy what is dragged"), tr("Alt and drag a box")},
      {tr("Put a box anywhere"), tr("Ctrl while it is dragged: it does not snap")},
      {tr("Draw a call"), tr("drag from the right edge of a box")},
      {tr("Add a service"), tr("double click on the ground")},
      {tr("Collapse or expand a group"), tr("double click on its name")},
      {tr("Go through the services"), tr("Tab, Shift+Tab; Alt and an arrow along the calls")},
      {tr("Move boxes"), tr("arrows, with Shift further")}};
  auto* const editor = new ShortcutEditor(shortcut_entries(), hands, this);
  editor->setAttribute(Qt::WA_DeleteOnClose);
  editor->open();
}

void MainWindow::try_sample(int sample) {
  const QString documents = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  const QString folder =
      QFileDialog::getExistingDirectory(this, tr("Folder for the sample project"), documents);
  if (!folder.isEmpty()) {
    open_sample(sample, folder);
  }
}

bool MainWindow::open_sample(int sample, const QString& folder) {
  const auto samples = sample_projects();
  if (sample < 0 || sample >= static_cast<int>(samples.size())) {
    return false;
  }
  const auto path = unpack_sample(samples[static_cast<std::size_t>(sample)], folder);
  if (!path) {
    message_->say(words_of(path.error()), true);
    return false;
  }
  return open(*path);
}

void MainWindow::offer_tour() {
  if (QSettings().value(tour_setting()).toBool() || !message_->isHidden()) {
    return;
  }
  QSettings().setValue(tour_setting(), true);
  message_->ask(tr("New here? Five steps show how a mesh is run, broken and looked back on."),
                tr("Take the tour"), [this] { begin_tour(); });
}

// Five steps with a mesh of one's own or, when none is open, with a template.
void MainWindow::begin_tour() {
  if (tour_ != nullptr) {
    return;
  }
  message_->hide();
  if (workbench_.document().source().files.empty()) {
    const QString name = template_names().value(1);
    workbench_.create(name + QStringLiteral(".yaml"), template_text(name).toStdString());
  }
  QSettings().setValue(tour_setting(), true);
  QToolBar* const bar = findChild<QToolBar*>(QStringLiteral("tools"));
  QWidget* const run = bar->widgetForAction(action(QStringLiteral("run")));
  const std::string callee = called_service();
  std::vector<TourStep> steps = {
      {tr("This is the mesh"),
       tr("Boxes are services, lines are their calls; callers stand on the left. Click a box: the "
          "inspector shows every setting of it. Drag from its right edge to draw a call; a double "
          "click on the ground adds a service."),
       canvas_, tr("Select one"),
       [this, callee] { workbench_.select(Selection::of_service(callee)); },
       [this] { return workbench_.selection().kind != Selection::Kind::kNothing; }},
      {tr("Run it"),
       tr("Run (F5) begins a simulation with real sidecars in virtual time. The list beside it "
          "sets the speed."),
       run, tr("Run"), [this] { workbench_.run_or_pause(); },
       [this] { return workbench_.shown() != nullptr; }},
      {tr("Shake it"),
       tr("A right click on a box or a line breaks it: slow, failing, dead, cut off. Or choose "
          "what "
          "happens under Break. \"Stop all faults\" ends it."),
       findChild<QToolButton*>(QStringLiteral("break_button")), tr("Slow it down"),
       [this, callee] {
         workbench_.break_now(callee + "-slow",
                              "on: " + yaml_scalar(callee) + ", slow: 10x, for: 10s");
       },
       [this, before = workbench_.document().revision()] {
         const RunEntry* const shown = workbench_.shown();
         return (shown != nullptr && shown->status.acts > 0) ||
                workbench_.document().revision() != before;
       }},
      {tr("Go back in time"),
       tr("Drag along the time line, or press comma and full stop: the whole window shows that "
          "moment. Red is what clients felt; ticks are what happened."),
       timeline_, tr("Look at the middle"),
       [this] {
         const engine::Duration half = workbench_.reached().time_since_epoch() / 2;
         workbench_.look_at(engine::Instant(half));
       },
       [this] { return workbench_.shown() != nullptr && !workbench_.follows(); }},
      {tr("Judge and compare"),
       tr("When the run is over, Verdict tells what held and why not. Change a setting, run again "
          "and compare the two under Runs; Shake keeps what you did as a part of the scenario."),
       below_,
       QString(),
       {},
       {}}};
  tour_ = new Tour(std::move(steps), theme_, this);
  connect(&workbench_, &Workbench::selection_changed, tour_, &Tour::look);
  connect(&workbench_, &Workbench::runs_changed, tour_, &Tour::look);
  connect(&workbench_, &Workbench::moment_changed, tour_, &Tour::look);
  connect(&workbench_, &Workbench::document_changed, tour_, &Tour::look);
}

Tour* MainWindow::tour() const { return tour_; }

// A service to break: the callee of the first call, or the first service.
std::string MainWindow::called_service() const {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr || scenario->mesh.services.empty()) {
    return {};
  }
  const auto& edges = workbench_.shape().edges;
  return scenario->mesh.services[edges.empty() ? 0 : edges.back().second].name;
}

}  // namespace shaketable::gui
