#include <QAction>
#include <QActionGroup>
#include <QDockWidget>
#include <QFileInfo>
#include <QMenu>
#include <QMenuBar>
#include <QSettings>
#include <QToolBar>
#include <QToolButton>
#include <algorithm>
#include <utility>

#include "gui/app/command_palette.h"
#include "gui/app/main_window.h"
#include "gui/app/panel_tabs.h"
#include "gui/app/recent_files.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/find_bar.h"
#include "gui/panels/menu_heading.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {

QAction* MainWindow::add_action(const char* name, const QString& text,
                                const QList<QKeySequence>& keys, std::optional<Icon> symbol,
                                std::function<void()> act) {
  auto* const made = new QAction(text, this);
  made->setObjectName(QLatin1String(name));
  made->setShortcuts(keys);
  made->setShortcutContext(Qt::WindowShortcut);
  connect(made, &QAction::triggered, this, [act = std::move(act)] { act(); });
  addAction(made);
  actions_[QLatin1String(name)] = {made, symbol};
  usual_keys_[QLatin1String(name)] = keys;
  return made;
}

void MainWindow::create_actions() {
  const auto key = [](const char* text) { return QKeySequence(QLatin1String(text)); };
  add_action("new", tr("New from a template …"), {QKeySequence::New}, Icon::kNew,
             [this] { new_from_template(); });
  add_action("open", tr("Open …"), {QKeySequence::Open}, Icon::kOpen, [this] { ask_open(); });
  add_action("import", tr("Import policies …"), {}, {}, [this] { ask_import(); });
  add_action("import_load", tr("Import load …"), {}, {}, [this] { ask_import_load(); });
  add_action("save", tr("Save"), {QKeySequence::Save}, Icon::kSave, [this] { save(); });
  add_action("save_as", tr("Save as …"), {key("Ctrl+Shift+S")}, {}, [this] { save_as(); });
  add_action("pin_file", tr("Keep this file in the list"), {}, {}, [this] {
    pin_file(QString::fromStdString(workbench_.document().path()),
             action(QStringLiteral("pin_file"))->isChecked());
  })->setCheckable(true);
  add_action("quit", tr("Quit"), {QKeySequence::Quit}, {}, [this] { close(); });
  add_action("undo", tr("Undo"), {QKeySequence::Undo}, Icon::kUndo, [this] { undo(); });
  add_action("redo", tr("Redo"), {key("Ctrl+Shift+Z"), key("Ctrl+Y")}, Icon::kRedo,
             [this] { redo(); });
  create_run_actions();
  add_action("next", tr("Next event"), {key(".")}, Icon::kNext, [this] { workbench_.jump(true); });
  add_action("previous", tr("Event before"), {key(",")}, Icon::kPrevious,
             [this] { workbench_.jump(false); });
  add_action("front", tr("To the newest moment"), {key("Ctrl+End")}, Icon::kFront,
             [this] { workbench_.follow(); });
  add_action("replay", tr("Play the recorded run"), {key("Shift+Space")}, Icon::kPlay,
             [this] { workbench_.play(true); });
  create_watch_actions();
  create_note_actions();
  add_action("break", tr("Let something happen …"), {key("Ctrl+I")}, Icon::kBolt,
             [this] { break_dialog(workbench_.selection()); });
  add_action("stop_faults", tr("Stop all faults"), {key("Ctrl+.")}, Icon::kShield,
             [this] { workbench_.stop_faults(); });
  add_action("keep_acts", tr("Keep what was done to this run as faults"), {}, {},
             [this] { workbench_.keep_acts(); });
  add_action("add", tr("Add a service"), {key("Ctrl+Shift+A")}, Icon::kAdd, [this] {
    add_service_at(canvas_->to_scene(QPointF(canvas_->width(), canvas_->height()) / 2));
  });
  add_action("rename", tr("Rename …"), {key("F2")}, {}, [this] { rename_selected(); });
  add_action("duplicate", tr("Duplicate"), {key("Ctrl+D")}, {}, [this] { duplicate_selected(); });
  add_action("remove", tr("Remove"), {QKeySequence::Delete}, Icon::kDelete,
             [this] { remove_selected(); });
  add_action("layout", tr("Lay out again"), {key("Ctrl+L")}, Icon::kLayout,
             [this] { canvas_->lay_out_again(); });
  add_action("fit", tr("Fit the whole mesh"), {key("Shift+1"), key("!")}, Icon::kFit,
             [this] { canvas_->fit(); });
  add_action("zoom_in", tr("Zoom in"), {QKeySequence::ZoomIn}, {}, [this] { canvas_->zoom(1.25); });
  add_action("zoom_out", tr("Zoom out"), {QKeySequence::ZoomOut}, {},
             [this] { canvas_->zoom(0.8); });
  add_action("zoom_reset", tr("Actual size"), {key("Ctrl+0")}, {},
             [this] { canvas_->reset_zoom(); });
  add_action("find", tr("Find and hide services"), {QKeySequence::Find}, Icon::kSearch,
             [this] { find_bar_->begin(); });
  add_action("source", tr("Text beside the canvas"), {key("Ctrl+E")}, Icon::kText, [this] {
    show_source(action(QStringLiteral("source"))->isChecked());
  })->setCheckable(true);
  add_action("dark", tr("Dark"), {key("Ctrl+Shift+D")}, Icon::kMoon,
             [this] { set_appearance(theme_.dark ? Appearance::kLight : Appearance::kDark); });
  create_appearance_actions();
  create_colours_actions();
  create_export_actions();
  add_action("palette", tr("Command palette …"), {key("Ctrl+Shift+P"), key("Ctrl+K")}, {},
             [this] { show_palette(); });
  create_help_actions();
  create_clipboard_actions();
  create_editing_actions();
  create_group_actions();
  constexpr const char* kTabKeys[] = {"Alt+1", "Alt+2", "Alt+3", "Alt+4", "Alt+5",
                                      "Alt+6", "Alt+7", "Alt+8", "Alt+W", "Alt+9",
                                      "Alt+0", "Alt+L", "Alt+Y", "Alt+N"};
  for (int i = 0; i < below_->count(); ++i) {
    add_action(("tab" + std::to_string(i + 1)).c_str(), below_->tabText(i), {key(kTabKeys[i])}, {},
               [this, i] {
                 below_->show_page(i);
                 below_->currentWidget()->setFocus();
               })
        ->setProperty(kMenuTitle, tr("Panel"));
  }
}

void MainWindow::create_appearance_actions() {
  auto* const choices = new QActionGroup(this);
  const auto add = [this, choices](const char* name, const QString& text, Appearance appearance) {
    QAction* const made =
        add_action(name, text, {}, {}, [this, appearance] { set_appearance(appearance); });
    made->setCheckable(true);
    made->setProperty(kMenuTitle, tr("Appearance"));
    made->setChecked(appearance == appearance_);
    choices->addAction(made);
  };
  add("appearance_desktop", tr("As the desktop"), Appearance::kDesktop);
  add("appearance_light", tr("Always light"), Appearance::kLight);
  add("appearance_dark", tr("Always dark"), Appearance::kDark);
}

// By what states are told, and whether anything moves.
void MainWindow::create_colours_actions() {
  auto* const choices = new QActionGroup(this);
  const auto add = [this, choices](const QString& text, Colours colours) {
    const QString name = QStringLiteral("colours_") + word_of(colours);
    QAction* const made = add_action(name.toLatin1().constData(), text, {}, {},
                                     [this, colours] { set_colours(colours); });
    made->setCheckable(true);
    made->setProperty(kMenuTitle, tr("Appearance"));
    made->setChecked(colours == colours_);
    choices->addAction(made);
  };
  add(tr("Blue is healthy"), Colours::kUsual);
  add(tr("Green is healthy"), Colours::kTrafficLight);
  add(tr("High contrast"), Colours::kContrast);
  QAction* const animate = add_action("animate", tr("Show requests on their way"), {}, {}, [this] {
    QSettings().setValue(QStringLiteral("window/animate"),
                         action(QStringLiteral("animate"))->isChecked());
    refresh_moment();
  });
  animate->setCheckable(true);
  animate->setChecked(QSettings().value(QStringLiteral("window/animate"), true).toBool());
  add_action("wall", tr("On a wall"), {QKeySequence(QStringLiteral("F11"))}, {}, [this] {
    set_wall(action(QStringLiteral("wall"))->isChecked());
  })->setCheckable(true);
}

void MainWindow::create_menus() {
  const auto fill = [this](QMenu* menu, std::initializer_list<const char*> names) {
    for (const char* const name : names) {
      if (name[0] == '-') {
        menu->addSeparator();
      } else {
        menu->addAction(action(QLatin1String(name)));
      }
    }
    return menu;
  };
  QMenu* const file = menuBar()->addMenu(tr("&File"));
  fill(file, {"new", "open"});
  recent_ = file->addMenu(tr("Open again"));
  connect(recent_, &QMenu::aboutToShow, this, &MainWindow::fill_recent);
  fill(file, {"import", "import_load", "-", "save", "save_as", "-"});
  fill(file->addMenu(tr("Export")), {"report", "comparison", "yaml", "-", "picture", "svg", "-",
                                     "charts_png", "charts_svg", "csv", "events_csv", "tables"});
  fill(file, {"-", "quit"});
  QMenu* const edit = fill(menuBar()->addMenu(tr("&Edit")),
                           {"undo", "redo", "-", "cut", "copy", "paste", "duplicate", "remove", "-",
                            "add", "send_load", "rename", "-", "layout", "find"});
  fill(menuBar()->addMenu(tr("&Run")), {"run",
                                        "fast",
                                        "express",
                                        "run_until",
                                        "restart",
                                        "stop",
                                        "step",
                                        "-",
                                        "previous",
                                        "next",
                                        "previous_trip",
                                        "next_trip",
                                        "previous_error",
                                        "next_error",
                                        "-",
                                        "replay",
                                        "replay_backwards",
                                        "front",
                                        "-",
                                        "note",
                                        "previous_note",
                                        "next_note"});
  QMenu* const shake = menuBar()->addMenu(tr("&Shake"));
  fill(shake, {"break", "stop_faults", "-", "keep_acts"});
  QMenu* const view =
      fill(menuBar()->addMenu(tr("&View")),
           {"fit", "zoom_in", "zoom_out", "zoom_reset", "-", "select_back", "select_forth", "pin",
            "-", "source", "animate", "clear_cursors", "wall", "-"});
  fill(view->addMenu(tr("Appearance")),
       {"appearance_desktop", "appearance_light", "appearance_dark", "-", "colours_usual",
        "colours_traffic_light", "colours_contrast", "-", "dark"});
  QMenu* const colours = view->addMenu(tr("Colours"));
  for (std::size_t i = 1; i <= kOverlays.size(); ++i) {
    colours->addAction(action(QStringLiteral("overlay%1").arg(i)));
  }
  QMenu* const panels = view->addMenu(tr("Panels"));
  for (int i = 0, group = -1; i < below_->count(); ++i) {
    if (below_->group_of(i) != group) {
      group = below_->group_of(i);
      add_heading(*panels, below_->group_title(group));
    }
    panels->addAction(action(QStringLiteral("tab%1").arg(i + 1)));
  }
  view->addSeparator();
  for (QDockWidget* const dock : findChildren<QDockWidget*>()) {
    view->addAction(dock->toggleViewAction());
  }
  fill_group_menus(*edit, *view);
  create_perspectives(*view);
  fill(menuBar()->addMenu(tr("&Help")), {"tour", "palette", "shortcuts"});
  create_editing_menus();
}

void MainWindow::create_tool_bar() {
  QToolBar* const bar = addToolBar(tr("Tools"));
  bar->setObjectName(QStringLiteral("tools"));
  bar->setMovable(false);
  bar->setIconSize(QSize(20, 20));
  bar->setToolButtonStyle(Qt::ToolButtonIconOnly);
  const auto add = [&](std::initializer_list<const char*> names) {
    for (const char* const name : names) {
      bar->addAction(action(QLatin1String(name)));
    }
    bar->addSeparator();
  };
  add({"open", "save"});
  add({"undo", "redo"});
  const auto with_text = [&](const char* name) {
    auto* const button =
        qobject_cast<QToolButton*>(bar->widgetForAction(action(QLatin1String(name))));
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    return button;
  };
  bar->addAction(action(QStringLiteral("run")));
  QToolButton* const run = with_text("run");
  run->setMinimumWidth(fontMetrics().horizontalAdvance(tr("Pause")) + 40);
  bar->addAction(action(QStringLiteral("step")));
  bar->addAction(action(QStringLiteral("stop")));
  create_speeds(*bar);
  bar->addSeparator();
  auto* const breaks = new QToolButton(bar);
  breaks->setObjectName(QStringLiteral("break_button"));
  breaks->setText(tr("Break"));
  breaks->setToolTip(tr("Let something happen to what is selected"));
  breaks->setPopupMode(QToolButton::InstantPopup);
  breaks->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  auto* const menu = new QMenu(breaks);
  breaks->setMenu(menu);
  connect(menu, &QMenu::aboutToShow, this, [this, menu] {
    menu->clear();
    add_break_menu(*menu, workbench_.selection());
  });
  bar->addWidget(breaks);
  bar->addAction(action(QStringLiteral("stop_faults")));
  with_text("stop_faults");
  bar->addSeparator();
  for (const char* const name : {"add", "layout", "fit"}) {
    bar->addAction(action(QLatin1String(name)));
  }
  auto* const space = new QWidget(bar);
  space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  bar->addWidget(space);
  bar->addAction(action(QStringLiteral("source")));
  bar->addAction(action(QStringLiteral("report")));
  bar->addAction(action(QStringLiteral("dark")));
}

void MainWindow::refresh_icons() {
  for (auto& [name, entry] : actions_) {
    if (entry.second) {
      entry.first->setIcon(icon(*entry.second, theme_));
    }
  }
  if (QAction* const dark = action(QStringLiteral("dark"))) {
    dark->setIcon(icon(theme_.dark ? Icon::kSun : Icon::kMoon, theme_));
    dark->setText(theme_.dark ? tr("Light") : tr("Dark"));
  }
  if (auto* const breaks = findChild<QToolButton*>(QStringLiteral("break_button"))) {
    breaks->setIcon(icon(Icon::kBolt, theme_));
  }
}

void MainWindow::show_palette() {
  std::vector<PaletteEntry> entries;
  for (const auto& [name, entry] : actions_) {
    QAction* const act = entry.first;
    if (act->isEnabled() && name != QLatin1String("palette")) {
      entries.push_back({title_of(*act), act->shortcut().toString(QKeySequence::NativeText),
                         [act] { act->trigger(); }});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const PaletteEntry& a, const PaletteEntry& b) {
    return a.title.compare(b.title, Qt::CaseInsensitive) < 0;
  });
  if (const engine::Scenario* const scenario = workbench_.scenario()) {
    for (const FaultGroup& group : faults_for(workbench_.selection(), *scenario)) {
      for (const FaultChoice& choice : group.choices) {
        entries.push_back({tr("Break: %1").arg(choice.title),
                           QString::fromStdString(workbench_.selection().service),
                           [this, choice] { break_with(choice); }});
      }
    }
    for (const Note& note : workbench_.notes()) {
      entries.push_back({tr("Go to the note: %1").arg(QString::fromStdString(note.text)),
                         clock_text(note.at), [this, at = note.at] {
                           workbench_.play_back(0);
                           workbench_.look_at(at);
                         }});
    }
    for (const engine::Service& service : scenario->mesh.services) {
      entries.push_back({tr("Go to %1").arg(QString::fromStdString(service.name)), QString(),
                         [this, name = service.name] {
                           workbench_.select(Selection::of_service(name));
                           canvas_->reveal(name);
                         }});
    }
  }
  auto* const palette = new CommandPalette(std::move(entries), this);
  palette->open();
}

// Whether the file that is open is one of those that stay in the list.
void MainWindow::refresh_pin() {
  const QString path = QFileInfo(words(workbench_.document().path())).absoluteFilePath();
  const std::vector<RecentFile> files = recent_files();
  QAction& pin = *action(QStringLiteral("pin_file"));
  pin.setEnabled(workbench_.has_file());
  pin.setChecked(workbench_.has_file() &&
                 std::find(files.begin(), files.end(), RecentFile{path, true}) != files.end());
}

void MainWindow::fill_recent() {
  refresh_pin();
  recent_->clear();
  bool is_behind_pinned = false;
  for (const auto& [path, is_pinned] : recent_files()) {
    if (is_behind_pinned && !is_pinned) {
      recent_->addSeparator();
    }
    is_behind_pinned = is_pinned;
    QAction* const again = recent_->addAction(path, this, [this, path = path] { open(path); });
    again->setEnabled(QFileInfo::exists(path));
    if (is_pinned) {
      again->setIcon(icon(Icon::kPin, theme_));
    }
  }
  if (recent_->isEmpty()) {
    recent_->addAction(tr("Nothing yet"))->setEnabled(false);
  }
  if (workbench_.has_file()) {
    recent_->addSeparator();
    recent_->addAction(action(QStringLiteral("pin_file")));
  }
}

}  // namespace shaketable::gui
