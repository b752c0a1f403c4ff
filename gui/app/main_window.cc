#include "gui/app/main_window.h"

#include <QAccessible>
#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QMenu>
#include <QMimeData>
#include <QScrollArea>
#include <QSettings>
#include <QSplitter>
#include <QStatusBar>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/judge/names.h"
#include "gui/analysis/sweep_panel.h"
#include "gui/app/history_panel.h"
#include "gui/app/panel_tabs.h"
#include "gui/app/recent_files.h"
#include "gui/app/recovery.h"
#include "gui/app/shortcut_editor.h"
#include "gui/app/start_page.h"
#include "gui/app/tour.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/find_bar.h"
#include "gui/panels/icons.h"
#include "gui/panels/load_panel.h"
#include "gui/panels/notes_panel.h"
#include "gui/panels/palette_panel.h"
#include "gui/panels/scenario_panel.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {

namespace {

/// The widget in a frame that scrolls, so that a large one does not make the window grow.
QWidget* in_scroll_area(QWidget* widget, QWidget* parent) {
  auto* const area = new QScrollArea(parent);
  area->setWidgetResizable(true);
  area->setWidget(widget);
  return area;
}

}  // namespace

MainWindow::MainWindow(QWidget* parent) : QMainWindow(parent) {
  setObjectName(QStringLiteral("window"));
  setAcceptDrops(true);
  setDockNestingEnabled(true);
  create_parts();
  create_docks();
  create_actions();
  restore_shortcuts(shortcut_entries());
  create_menus();
  create_tool_bar();
  usual_docks_ = saveState();
  connect_parts();
  set_dark(false);
  resize(1280, 800);
  start_->set_recent(recent_files());
  refresh_pin();
  refresh_document();
}

MainWindow::~MainWindow() = default;

void MainWindow::create_parts() {
  auto* const whole = new QWidget(this);
  auto* const rows = new QVBoxLayout(whole);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  message_ = new MessageBar(whole);
  rows->addWidget(message_);
  middle_ = new QStackedWidget(whole);
  rows->addWidget(middle_, 1);
  start_ = new StartPage(middle_);
  auto* const work = new QWidget(middle_);
  auto* const column = new QVBoxLayout(work);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  split_ = new QSplitter(Qt::Horizontal, work);
  split_->setChildrenCollapsible(false);
  canvas_ = new CanvasView(split_);
  overlays_ = new OverlayBar(*canvas_);
  source_ = new SourcePanel(workbench_, split_);
  source_->hide();
  split_->setStretchFactor(0, 3);
  split_->setStretchFactor(1, 2);
  find_bar_ = new FindBar(workbench_, work);
  column->addWidget(find_bar_);
  column->addWidget(split_, 1);
  timeline_ = new TimelineBar(workbench_, work);
  column->addWidget(timeline_);
  middle_->addWidget(start_);
  middle_->addWidget(work);
  setCentralWidget(whole);
  status_ = new QLabel(this);
  status_->setObjectName(QStringLiteral("status"));
  figures_ = new QLabel(this);
  figures_->setObjectName(QStringLiteral("figures"));
  figures_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  figures_->setFocusPolicy(Qt::ClickFocus);
  statusBar()->addWidget(status_, 1);
  statusBar()->addPermanentWidget(figures_);
  statusBar()->setSizeGripEnabled(false);
}

void MainWindow::create_docks() {
  const auto dock = [this](const char* name, const QString& title, QWidget* widget,
                           Qt::DockWidgetArea area) {
    auto* const made = new QDockWidget(title, this);
    made->setObjectName(QLatin1String(name));
    made->setWidget(widget);
    addDockWidget(area, made);
    return made;
  };
  setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  outline_ = new OutlinePanel(workbench_, this);
  QDockWidget* const left = dock("dock_outline", tr("Outline"), outline_, Qt::LeftDockWidgetArea);
  inspector_ = new InspectorPanel(workbench_, this);
  QDockWidget* const right =
      dock("dock_inspector", tr("Inspector"), inspector_, Qt::RightDockWidgetArea);
  create_palette();
  QDockWidget* const parts = dock("dock_palette", tr("Palette"), palette_, Qt::LeftDockWidgetArea);
  tabifyDockWidget(left, parts);
  setTabPosition(Qt::LeftDockWidgetArea, QTabWidget::North);
  for (QDockWidget* const tabbed : {left, parts}) {
    tabbed->setTitleBarWidget(new QWidget(tabbed));  // Its tab has the title.
  }
  left->raise();
  create_panels();
  QDockWidget* const bottom = dock("dock_below", tr("Figures"), below_, Qt::BottomDockWidgetArea);
  bottom->setTitleBarWidget(new QWidget(bottom));
  resizeDocks({left, right}, {210, 300}, Qt::Horizontal);
  resizeDocks({bottom}, {220}, Qt::Vertical);
}

// What is below the canvas, in three groups: what is seen of a run, what it means, what is to
// happen.
void MainWindow::create_panels() {
  below_ = new PanelTabs(this);
  charts_ = new ChartsPanel(workbench_, below_);
  verdict_ = new VerdictPanel(workbench_, below_);
  events_ = new EventsPanel(workbench_, below_);
  problems_ = new ProblemsPanel(workbench_, below_);
  runs_ = new RunsPanel(workbench_, below_);
  cascade_ = new CascadePanel(workbench_, below_);
  canary_ = new CanaryPanel(workbench_, below_);
  traces_ = new TracesPanel(workbench_, below_);
  lanes_ = new LanesView(workbench_, below_);
  load_panel_ = new LoadPanel(workbench_, below_);
  scenario_panel_ = new ScenarioPanel(workbench_, below_);
  sweep_ = new SweepPanel(workbench_, below_);
  history_ = new HistoryPanel(below_);
  notes_ = new NotesPanel(workbench_, below_);
  below_->begin_group(tr("Watch"));
  below_->add_page(charts_, tr("Charts"));
  below_->add_page(in_scroll_area(lanes_, below_), tr("States"));
  below_->add_page(canary_, tr("Canary"));
  below_->add_page(traces_, tr("Requests"));
  below_->add_page(events_, tr("Events"));
  below_->begin_group(tr("Explain"));
  below_->add_page(verdict_, tr("Verdict"));
  below_->add_page(cascade_, tr("Why"));
  below_->add_page(runs_, tr("Runs"));
  below_->add_page(sweep_, tr("Sweep"));
  below_->begin_group(tr("Scenario"));
  below_->add_page(scenario_panel_, tr("Tracks"));
  below_->add_page(problems_, tr("Problems"));
  below_->add_page(in_scroll_area(load_panel_, below_), tr("Load"));
  below_->add_page(history_, tr("History"));
  below_->add_page(notes_, tr("Notes"));
}

// Screen readers read what is said, wherever the keyboard is.
void MainWindow::announce(const QString& text) {
  status_->setAccessibleDescription(text);
  QAccessibleEvent event(status_, QAccessible::Alert);
  QAccessible::updateAccessibility(&event);
}

// So do they how many services are in trouble, whenever that is another number.
void MainWindow::tell_troubles() {
  if (!QAccessible::isActive() || !workbench_.look()) {
    return;
  }
  const auto& nodes = workbench_.look()->nodes;
  const auto failing =
      static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), [](const NodeLook& node) {
        return node.health == NodeHealth::kFailing || node.health == NodeHealth::kDown;
      }));
  if (failing != told_failing_) {
    told_failing_ = failing;
    announce(tr("%1 failing").arg(counted(failing, "service")));
  }
}

void MainWindow::connect_parts() {
  connect(&workbench_, &Workbench::opened, this, &MainWindow::opened);
  connect(&workbench_, &Workbench::document_changed, this, &MainWindow::refresh_document);
  connect(&workbench_, &Workbench::moment_changed, this, &MainWindow::refresh_moment);
  for (const auto change : {&Workbench::runs_changed, &Workbench::analysis_changed}) {
    connect(&workbench_, change, this, &MainWindow::refresh_marks);
    connect(&workbench_, change, this, &MainWindow::refresh_moment);
    connect(&workbench_, change, this, &MainWindow::refresh_notes);
  }
  connect(&workbench_, &Workbench::selection_changed, this, [this] {
    if (!is_selecting_) {  // The canvas may have selected more than one.
      canvas_->set_selection(workbench_.selection());
    }
    refresh_marks();
    refresh_actions();
  });
  connect(&inspector_->properties(), &PropertyTree::menu_asked, this,
          [this](const KeyPath& path, const QPoint& at) { setting_menu(path)->exec(at); });
  connect(history_, &HistoryPanel::step_asked, this, &MainWindow::go_to_step);
  connect(history_, &HistoryPanel::shown, this, &MainWindow::name_steps);
  connect(inspector_, &InspectorPanel::pin_asked, this, &MainWindow::pin_inspector);
  connect(&workbench_, &Workbench::notes_changed, this, &MainWindow::notes_changed);
  connect(runs_, &RunsPanel::compared, this, &MainWindow::refresh_marks);
  connect(&workbench_, &Workbench::said, this, [this](const QString& text, bool is_error) {
    if (is_error) {
      message_->say(text, true);
    } else {
      message_->hide();
      statusBar()->showMessage(text, 6000);
    }
    announce(text);
  });
  connect(&workbench_, &Workbench::reveal_asked, canvas_, &CanvasView::reveal);
  connect(&workbench_, &Workbench::place_asked, this, [this](const std::string& file, int line) {
    show_source(true);
    source_->go_to(file, line);
  });
  connect(canvas_, &CanvasView::selection_changed, this, [this](const Selection& selection) {
    is_selecting_ = true;
    workbench_.select(selection);
    is_selecting_ = false;
    refresh_actions();
  });
  connect(canvas_, &CanvasView::boxes_moved, this, &MainWindow::boxes_moved);
  connect(canvas_, &CanvasView::run_asked, action(QStringLiteral("run")), &QAction::trigger);
  connect(canvas_, &CanvasView::add_asked, this, &MainWindow::add_service_at);
  connect(canvas_, &CanvasView::part_dropped, this, &MainWindow::use_part);
  connect(palette_, &PalettePanel::chosen, this, &MainWindow::use_part_on_selection);
  connect(canvas_, &CanvasView::connection_drawn, this,
          [this](const QString& caller, const QString& callee) {
            workbench_.edit(connect_services(workbench_.document().source(), caller.toStdString(),
                                             callee.toStdString()));
          });
  const auto show_menu = [this](const Selection& selection, const QPoint& at) {
    workbench_.select(selection);
    context_menu(selection)->exec(at);
  };
  connect(canvas_, &CanvasView::context_asked, this, show_menu);
  connect(outline_, &OutlinePanel::context_asked, this, show_menu);
  const auto activate = [this](const Selection& selection) {
    workbench_.select(selection);
    canvas_->reveal(selection.service);
    inspector_->properties().setFocus();
  };
  connect(canvas_, &CanvasView::activated, this, activate);
  connect(outline_, &OutlinePanel::activated, this, activate);
  connect(outline_, &OutlinePanel::search_changed, canvas_, &CanvasView::set_search);
  connect(start_, &StartPage::open_asked, this, [this](const QString& path) { open(path); });
  connect(start_, &StartPage::browse_asked, this, &MainWindow::ask_open);
  connect(start_, &StartPage::create_asked, this, [this](const QString& name, const QString& text) {
    workbench_.create(name + QStringLiteral(".yaml"), text.toStdString());
  });
  connect(&watcher_, &QFileSystemWatcher::fileChanged, this, &MainWindow::files_changed_outside);
}

QAction* MainWindow::action(const QString& name) const {
  const auto found = actions_.find(name);
  return found == actions_.end() ? nullptr : found->second.first;
}

bool MainWindow::open(const QString& path) {
  if (!may_leave() || !claim(path)) {
    return false;
  }
  message_->hide();
  const bool is_open = workbench_.open(path);
  if (!is_open) {
    claim_again();
  }
  return is_open;
}

void MainWindow::set_appearance(Appearance appearance) {
  appearance_ = appearance;
  const bool dark =
      appearance == Appearance::kDark || (appearance == Appearance::kDesktop && is_desktop_dark_);
  if (dark != theme_.dark) {
    set_dark(dark);
  }
  action(QStringLiteral("appearance_") + word_of(appearance))->setChecked(true);
}

void MainWindow::set_desktop_dark(bool dark) {
  is_desktop_dark_ = dark;
  set_appearance(appearance_);
}

void MainWindow::set_desktop_calm(bool calm) {
  if (!QSettings().contains(QStringLiteral("window/animate"))) {
    action(QStringLiteral("animate"))->setChecked(!calm);
    refresh_moment();
  }
}

void MainWindow::set_colours(Colours colours) {
  colours_ = colours;
  action(QStringLiteral("colours_") + word_of(colours))->setChecked(true);
  set_dark(theme_.dark);
}

void MainWindow::set_dark(bool dark) {
  theme_ = Theme::of(dark, colours_);
  qApp->setPalette(theme_.palette());
  qApp->setStyleSheet(theme_.style_sheet());
  canvas_->set_theme(theme_);
  overlays_->set_theme(theme_);
  cascade_->set_theme(theme_);
  lanes_->set_theme(theme_);
  canary_->set_theme(theme_);
  traces_->set_theme(theme_);
  source_->set_theme(theme_);
  timeline_->set_theme(theme_);
  message_->set_theme(theme_);
  outline_->set_theme(theme_);
  palette_->set_theme(theme_);
  for (InspectorPanel* const inspector : findChildren<InspectorPanel*>()) {
    inspector->set_theme(theme_);
  }
  charts_->set_theme(theme_);
  events_->set_theme(theme_);
  problems_->set_theme(theme_);
  verdict_->set_theme(theme_);
  runs_->set_theme(theme_);
  start_->set_theme(theme_);
  find_bar_->set_theme(theme_);
  scenario_panel_->set_theme(theme_);
  sweep_->set_theme(theme_);
  refresh_icons();
  shows_pause_.reset();
  refresh_actions();
}

void MainWindow::show_source(bool visible) {
  source_->setVisible(visible);
  if (visible && split_->sizes().value(1) < 200) {
    split_->setSizes({split_->width() * 55 / 100, split_->width() * 45 / 100});
  }
  if (QAction* const act = action(QStringLiteral("source"))) {
    act->setChecked(visible);
  }
  if (visible) {
    source_->text().setFocus();
  }
}

// ---- what is shown --------------------------------------------------------------------------

void MainWindow::refresh_document() {
  const ScenarioDocument& document = workbench_.document();
  const bool has_document = !document.source().files.empty();
  if (has_arranged_ != has_document) {
    has_arranged_ = has_document;
    middle_->setCurrentIndex(has_document ? 1 : 0);
    if (has_document) {
      arrange(arrangement_of(perspective_));
    } else {
      for (QDockWidget* const dock : findChildren<QDockWidget*>()) {
        dock->hide();
      }
    }
  }
  if (shown_revision_ != document.revision()) {
    shown_revision_ = document.revision();
    if (!is_undoing_) {
      moves_undone_.clear();
    }
    if (const engine::Scenario* const scenario = workbench_.scenario()) {
      canvas_->show_mesh(*scenario);
    } else {
      canvas_->clear();
    }
    find_bar_->refresh();
    canvas_->set_selection(workbench_.selection());
    offer_restart();
  }
  refresh_notes();
  refresh_title();
  refresh_moment();
  refresh_marks();
  refresh_actions();
}

// A run that goes on stays as it began: once for each run that is said.
void MainWindow::offer_restart() {
  const RunEntry* const run = workbench_.going_on();
  if (run == nullptr || run != workbench_.shown() || run->number == restart_offered_ ||
      !workbench_.document().is_good() || !workbench_.is_outdated() || !message_->isHidden()) {
    return;
  }
  restart_offered_ = run->number;
  message_->ask(tr("The run that goes on does not know of this change."),
                tr("Run again from the start"), [this] { workbench_.begin_run(); });
}

void MainWindow::refresh_title() {
  const QString path = QString::fromStdString(workbench_.document().path());
  const bool is_changed = workbench_.document().is_modified() || has_moved();
  setWindowTitle(path.isEmpty() ? tr("Shaketable")
                                : tr("%1[*] – Shaketable").arg(path.section(QLatin1Char('/'), -1)));
  setWindowModified(is_changed && !path.isEmpty());
}

void MainWindow::refresh_moment() {
  canvas_->set_look(workbench_.look());
  canvas_->set_notes(cascade_notes());
  tell_troubles();
  const RunEntry* const shown = workbench_.shown();
  const bool is_moving = shown != nullptr && !workbench_.is_express() &&
                         action(QStringLiteral("animate"))->isChecked() &&
                         ((shown->status.state == RunState::kRunning && workbench_.follows()) ||
                          workbench_.play_back_speed() != 0);
  canvas_->set_moving(is_moving);
  status_->setText(status_text());
  figures_->setText(figures_text());
  figures_->setToolTip(figures_tip());
  refresh_run_actions();
}

void MainWindow::enable(const char* name, bool enabled) {
  if (QAction* const act = action(QLatin1String(name))) {
    act->setEnabled(enabled);
  }
}

void MainWindow::refresh_actions() {
  const bool has_document = !workbench_.document().source().files.empty();
  const Selection::Kind kind = workbench_.selection().kind;
  if (auto* const breaks = findChild<QToolButton*>(QStringLiteral("break_button"))) {
    breaks->setEnabled(has_document);
  }
  for (const char* const name :
       {"layout", "fit", "run", "fast", "express", "run_until", "restart", "step", "break",
        "import", "import_load", "save", "save_as", "add", "picture", "svg", "yaml"}) {
    enable(name, has_document);
  }
  enable("undo", can_undo());
  enable("redo", can_redo());
  name_steps();
  enable("rename", kind == Selection::Kind::kService);
  for (const char* const name : {"cut", "duplicate"}) {
    enable(name, kind == Selection::Kind::kService);
  }
  enable("paste", has_document);
  enable("select_back", workbench_.can_select_back());
  enable("select_forth", workbench_.can_select_forth());
  enable("pin", kind != Selection::Kind::kNothing);
  enable("remove", kind != Selection::Kind::kNothing);
  refresh_editing_actions();
  refresh_group_actions();
  refresh_run_actions();
}

// What changes as a run goes on.
void MainWindow::refresh_run_actions() {
  const RunEntry* const shown = workbench_.shown();
  const RunEntry* const going_on = workbench_.going_on();
  const bool is_running = going_on != nullptr && going_on->status.state == RunState::kRunning;
  enable("stop", going_on != nullptr);
  enable("stop_faults", going_on != nullptr);
  refresh_note_actions();
  enable("keep_acts", shown != nullptr && shown->status.acts > 0);
  enable("report", shown != nullptr && shown->result != nullptr);
  enable("tables", shown != nullptr && shown->result != nullptr);
  enable("comparison", runs_->comparison() != nullptr);
  for (const char* const name :
       {"csv", "charts_png", "charts_svg", "events_csv", "next_trip", "previous_trip", "next_error",
        "previous_error", "replay", "replay_backwards", "clear_cursors"}) {
    enable(name, shown != nullptr);
  }
  if (QAction* const run = action(QStringLiteral("run"))) {
    run->setText(is_running ? tr("Pause") : going_on != nullptr ? tr("Go on") : tr("Run"));
    if (shows_pause_ != is_running) {
      shows_pause_ = is_running;
      run->setIcon(icon(is_running ? Icon::kPause : Icon::kRun, theme_));
    }
  }
}

// ---- closing, dropping ----------------------------------------------------------------------

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!may_leave()) {
    event->ignore();
    return;
  }
  if (recovery_ != nullptr) {
    recovery_->forget();
  }
  set_wall(false);
  QSettings settings;
  settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
  keep_arrangements();
  settings.setValue(QStringLiteral("window/appearance"), word_of(appearance_));
  settings.setValue(QStringLiteral("window/colours"), word_of(colours_));
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) {
    event->acceptProposedAction();
  }
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (!urls.isEmpty() && urls.front().isLocalFile()) {
    open(urls.front().toLocalFile());
  }
}

}  // namespace shaketable::gui
