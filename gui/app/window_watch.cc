#include <QAction>
#include <QDockWidget>
#include <QMenuBar>
#include <QStatusBar>
#include <QToolBar>
#include <QToolTip>

#include "engine/judge/names.h"
#include "gui/analysis/why.h"
#include "gui/app/main_window.h"
#include "gui/panels/chart_metrics.h"

// What is laid over the canvas, and the actions of watching and going through the time.
namespace shaketable::gui {
namespace {

constexpr int kHint = 5000;  // Milliseconds.

}  // namespace

void MainWindow::create_watch_actions() {
  const auto key = [](const char* text) {
    return QList<QKeySequence>{QKeySequence(QLatin1String(text))};
  };
  add_action("next_trip", tr("Next trip of a policy"), key("N"), {},
             [this] { workbench_.jump(true, Jump::kTrip); });
  add_action("previous_trip", tr("Trip of a policy before"), key("Shift+N"), {},
             [this] { workbench_.jump(false, Jump::kTrip); });
  add_action("next_error", tr("Where clients see errors next"), key("E"), {},
             [this] { workbench_.jump(true, Jump::kError); });
  add_action("previous_error", tr("Where clients saw errors before"), key("Shift+E"), {},
             [this] { workbench_.jump(false, Jump::kError); });
  add_action("replay_backwards", tr("Play the recorded run backwards"), key("Ctrl+Shift+Space"),
             Icon::kBackwards, [this] { workbench_.play(false); });
  add_action("clear_cursors", tr("Remove the cursors A and B"), {}, {}, [this] {
    workbench_.set_mark(Mark::kA, std::nullopt);
    workbench_.set_mark(Mark::kB, std::nullopt);
  });
  add_action("select_back", tr("What was selected before"), key("Ctrl+["), Icon::kBack,
             [this] { workbench_.select_back(); });
  add_action("select_forth", tr("What was selected after that"), key("Ctrl+]"), Icon::kForth,
             [this] { workbench_.select_forth(); });
  add_action("pin", tr("Keep an inspector of what is selected"), key("Ctrl+Alt+I"), Icon::kPin,
             [this] { pin_inspector(workbench_.selection()); });
  for (const Overlay overlay : kOverlays) {
    add_action(("overlay" + std::to_string(static_cast<int>(overlay) + 1)).c_str(),
               tr("Colours tell: %1").arg(title_of(overlay)),
               key(("Ctrl+Alt+" + std::to_string((static_cast<int>(overlay) + 1) % 10)).c_str()),
               {}, [this, overlay] { overlays_->choose(overlay); });
  }
}

// Stays with what it is about, below the inspector of what is selected.
void MainWindow::pin_inspector(const Selection& subject) {
  auto* const dock = new QDockWidget(tr("Pinned: %1").arg(subject_title(subject)), this);
  dock->setObjectName(QStringLiteral("dock_pinned"));
  dock->setAttribute(Qt::WA_DeleteOnClose);
  auto* const pinned = new InspectorPanel(workbench_, dock, subject);
  pinned->set_theme(theme_);
  dock->setWidget(pinned);
  addDockWidget(Qt::RightDockWidgetArea, dock, Qt::Vertical);
  connect(&workbench_, &Workbench::opened, dock, &QDockWidget::close);
}

void MainWindow::set_wall(bool wall) {
  if (wall != before_wall_.isEmpty()) {
    return;
  }
  action(QStringLiteral("wall"))->setChecked(wall);
  if (wall) {
    before_wall_ = saveState();
  }
  canvas_->set_large(wall);
  menuBar()->setVisible(!wall);
  statusBar()->setVisible(!wall);
  findChild<QToolBar*>(QStringLiteral("tools"))->setVisible(!wall);
  if (wall) {
    for (QDockWidget* const dock : findChildren<QDockWidget*>()) {
      dock->hide();
    }
    source_->hide();
    showFullScreen();
    QToolTip::showText(geometry().center(), tr("F11 shows the whole window again"), canvas_, {},
                       kHint);
  } else {
    showNormal();
    restoreState(before_wall_);
    before_wall_.clear();
    source_->setVisible(action(QStringLiteral("source"))->isChecked());
  }
  canvas_->fit();
}

void MainWindow::set_height_below(int pixels) {
  if (auto* const dock = findChild<QDockWidget*>(QStringLiteral("dock_below"))) {
    resizeDocks({dock}, {pixels}, Qt::Vertical);
  }
}

void MainWindow::refresh_marks() {
  canvas_->set_rings(runs_->changed_services());
  const auto run = workbench_.analysed();
  const Selection& selection = workbench_.selection();
  Trail trail;
  if (run != nullptr && workbench_.look() && selection.kind == Selection::Kind::kService) {
    const engine::Scenario& scenario = run->scenario.scenario;
    const engine::Cascade& cascade = run->run.verdict.analysis.cascade;
    if (const engine::WhyPath* const why = why_of(scenario, cascade, selection.service)) {
      trail = trail_of(scenario, cascade, *why);
    }
  }
  canvas_->set_trail(std::move(trail));
}

std::map<std::string, QString> MainWindow::cascade_notes() const {
  std::map<std::string, QString> notes;
  const auto run = workbench_.analysed();
  if (run == nullptr || !workbench_.look()) {
    return notes;
  }
  const engine::Cascade& cascade = run->run.verdict.analysis.cascade;
  const engine::Instant moment = workbench_.moment();
  for (const engine::RootCause& root : cascade.roots) {
    int number = 0;
    for (const std::uint32_t place : root.steps) {
      const engine::CascadeStep& step = cascade.steps[place];
      ++number;
      if (step.at <= moment && moment < step.until) {
        const double after = proxy::to_seconds(step.at - root.at);
        notes[engine::service_name(run->scenario.scenario, step.service)] =
            tr("%1 · +%2 s").arg(number).arg(after, 0, 'f', 1);
      }
    }
  }
  return notes;
}

}  // namespace shaketable::gui
