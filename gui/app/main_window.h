#pragma once

#include <QFileSystemWatcher>
#include <QLabel>
#include <QMainWindow>
#include <QPointer>
#include <QStackedWidget>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "gui/analysis/canary_panel.h"
#include "gui/analysis/cascade_panel.h"
#include "gui/analysis/lanes_view.h"
#include "gui/analysis/traces_panel.h"
#include "gui/app/appearance.h"
#include "gui/app/faults.h"
#include "gui/app/perspective.h"
#include "gui/app/places.h"
#include "gui/canvas/canvas_view.h"
#include "gui/canvas/overlay_bar.h"
#include "gui/document/edit_preview.h"
#include "gui/document/mesh_edits.h"
#include "gui/panels/charts_panel.h"
#include "gui/panels/icons.h"
#include "gui/panels/inspector_panel.h"
#include "gui/panels/lists.h"
#include "gui/panels/message_bar.h"
#include "gui/panels/outline_panel.h"
#include "gui/panels/runs_panel.h"
#include "gui/panels/source_panel.h"
#include "gui/panels/timeline_bar.h"
#include "gui/wizards/policy_form.h"
#include "gui/workbench/workbench.h"

class QComboBox;
class QMenu;
class QSplitter;
class QToolBar;

namespace shaketable::gui {

class FindBar;
class FileClaim;
class HistoryPanel;
class LoadPanel;
class NotesPanel;
class PalettePanel;
class PanelTabs;
class Recovery;
class ScenarioPanel;
class StartPage;
class SweepPanel;
class Tour;
struct ShortcutEntry;
struct Unsaved;

/// The window: the canvas in the middle with the time below it, the parts around it, and all that
/// can be done as actions of menus, tool bar, shortcuts and command palette.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(QWidget* parent = nullptr);
  ~MainWindow() override;

  [[nodiscard]] Workbench& workbench() { return workbench_; }
  [[nodiscard]] CanvasView& canvas() { return *canvas_; }
  [[nodiscard]] OutlinePanel& outline() { return *outline_; }
  [[nodiscard]] InspectorPanel& inspector() { return *inspector_; }
  [[nodiscard]] ChartsPanel& charts() { return *charts_; }
  [[nodiscard]] EventsPanel& events() { return *events_; }
  [[nodiscard]] ProblemsPanel& problems() { return *problems_; }
  [[nodiscard]] VerdictPanel& verdict() { return *verdict_; }
  [[nodiscard]] RunsPanel& runs() { return *runs_; }
  [[nodiscard]] CascadePanel& cascade() { return *cascade_; }
  [[nodiscard]] LanesView& lanes() { return *lanes_; }
  [[nodiscard]] CanaryPanel& canary() { return *canary_; }
  [[nodiscard]] TracesPanel& traces() { return *traces_; }
  [[nodiscard]] OverlayBar& overlays() { return *overlays_; }
  [[nodiscard]] SourcePanel& source() { return *source_; }
  [[nodiscard]] TimelineBar& timeline() { return *timeline_; }
  [[nodiscard]] MessageBar& message() { return *message_; }
  [[nodiscard]] ScenarioPanel& scenario_panel() { return *scenario_panel_; }
  [[nodiscard]] LoadPanel& load_panel() { return *load_panel_; }
  [[nodiscard]] PalettePanel& palette_panel() { return *palette_; }
  [[nodiscard]] SweepPanel& sweep_panel() { return *sweep_; }
  [[nodiscard]] HistoryPanel& history_panel() { return *history_; }
  [[nodiscard]] NotesPanel& notes_panel() { return *notes_; }
  [[nodiscard]] PanelTabs& tabs() { return *below_; }
  [[nodiscard]] Tour* tour() const;
  [[nodiscard]] FindBar& find_bar() { return *find_bar_; }
  /// An action by its name, "run"; null when there is none.
  [[nodiscard]] QAction* action(const QString& name) const;

  bool open(const QString& path);
  /// From now on no other window opens what is open here; one that wants to brings this one to the
  /// front.
  void claim_files();
  /// Takes a file for this window. False when another has it, which is then asked to show itself,
  /// and that is said. True at once without `claim_files`.
  bool claim(const QString& path);
  /// Writes the scenario and the places of its boxes elsewhere, and goes on with that.
  bool save_to(const QString& path);
  /// From now on changes that are not saved outlive a crash; what was left behind is offered.
  void use_recovery();
  [[nodiscard]] Recovery* recovery() const { return recovery_; }
  /// Keeps what nobody has saved for the next start, at once: the program is told to end.
  void keep_all();
  /// Says, once in a life, that there is a tour.
  void offer_tour();
  /// Lets files of policies (Istio) hold in the scenario, as one step.
  bool import_policies(const QStringList& paths);
  /// Lets the load of a file (a load file, or another scenario) be the scenario's, as one step.
  bool import_load(const QString& path);
  /// Puts a sample project into a folder and opens it.
  bool open_sample(int sample, const QString& folder);
  /// Light, dark, or as the desktop is.
  void set_appearance(Appearance appearance);
  [[nodiscard]] Appearance appearance() const { return appearance_; }
  /// How the desktop is, now.
  void set_desktop_dark(bool dark);
  /// Whether the desktop wants nothing to move by itself; a person's own choice comes first.
  void set_desktop_calm(bool calm);
  /// By which colours states are told.
  void set_colours(Colours colours);
  [[nodiscard]] Colours colours() const { return colours_; }
  /// Arranges the window as it was left when this was done last.
  void set_perspective(Perspective perspective);
  [[nodiscard]] Perspective perspective() const { return perspective_; }
  /// As the window was closed last.
  void restore_arrangements();
  /// The mesh and its time alone, over the whole screen and with large text; or everything again.
  void set_wall(bool wall);
  [[nodiscard]] bool is_dark() const { return theme_.dark; }
  /// How high the panels below the canvas are, in pixels.
  void set_height_below(int pixels);
  /// Shows the text beside the canvas.
  void show_source(bool visible);
  /// What can be done to a selection, with everything that breaks it.
  [[nodiscard]] std::unique_ptr<QMenu> context_menu(const Selection& selection);
  /// What can be done with a setting of the inspector.
  [[nodiscard]] std::unique_ptr<QMenu> setting_menu(const KeyPath& path);
  /// Lets a choice happen for as long as is chosen.
  void break_with(const FaultChoice& choice);
  /// Puts what is selected into a group of this name, as one step that can be undone.
  void group_selected_as(const std::string& name);
  /// Writes something at a moment of the time line, as one step that can be undone.
  void add_note(engine::Instant at, const std::string& text);
  /// What can be done at a moment of the time line, with the note there when there is one.
  [[nodiscard]] std::unique_ptr<QMenu> note_menu(engine::Instant at,
                                                 std::optional<std::size_t> note);
  /// What can be done to a group of the drawing.
  [[nodiscard]] std::unique_ptr<QMenu> group_menu(const std::string& name);
  /// Writes the window, or the whole mesh as it looks, into a picture.
  bool export_picture(const QString& path);
  bool export_report(const QString& path);
  /// Writes the whole mesh as it looks as lines that stay sharp at every size.
  bool export_svg(const QString& path);
  /// Writes all charts or, given one, that one.
  bool export_charts(const QString& path, ChartFormat format, const ChartView* chart = nullptr);
  /// Writes the events that are listed as a table.
  bool export_events(const QString& path);
  /// Writes the tables of `shaketable run --csv` into a folder.
  bool export_tables(const QString& folder);
  /// Writes the scenario of the run that is shown, with what was done to it, or else the document:
  /// the files beside it, too, unless they are there already.
  bool export_yaml(const QString& path);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  struct Move {
    std::size_t position = 0;  ///< Steps of the document that were carried out.
    Layout before, after;
    QString label;
    bool joined = false;  ///< It belongs to the step of the document before it.
  };

  // main_window.cc
  void set_dark(bool dark);
  void create_parts();
  void create_docks();
  void create_panels();
  void connect_parts();
  void announce(const QString& text);
  void tell_troubles();
  void refresh_document();
  void refresh_moment();
  void refresh_actions();
  void refresh_run_actions();
  void enable(const char* name, bool enabled);
  void offer_restart();
  void refresh_title();
  void pin_inspector(const Selection& subject);  // window_watch.cc
  /// The way from what is selected to where its trouble began, and what a comparison found.
  void refresh_marks();
  [[nodiscard]] QString status_text() const;
  [[nodiscard]] QString figures_text() const;
  [[nodiscard]] QString figures_tip() const;
  [[nodiscard]] QString idle_text() const;  ///< Of a document that was not run yet.
  /// The order in which services left their normal state, as far as the moment.
  [[nodiscard]] std::map<std::string, QString> cascade_notes() const;

  // window_actions.cc
  QAction* add_action(const char* name, const QString& text, const QList<QKeySequence>& keys,
                      std::optional<Icon> icon, std::function<void()> act);
  void create_actions();
  void create_watch_actions();
  void create_menus();
  void create_tool_bar();
  void create_appearance_actions();
  void create_colours_actions();
  void refresh_icons();
  void show_palette();
  void fill_recent();
  void refresh_pin();

  // window_editing.cc
  void create_editing_actions();
  void create_editing_menus();
  void refresh_editing_actions();
  void fill_policy_menu(QMenu& menu);
  void show_wizard(WizardKind kind);
  void send_load();

  // window_palette.cc
  void create_palette();
  void use_part(const QString& key, const Selection& on, const QPointF& at);
  void use_part_on_selection(const Part& part);

  // window_runs.cc
  void create_run_actions();
  void create_speeds(QToolBar& bar);
  void run_at(int speed);
  void ask_run_until();
  void refresh_notes();

  // window_help.cc
  void create_help_actions();
  [[nodiscard]] std::vector<ShortcutEntry> shortcut_entries() const;
  void show_shortcuts();
  void try_sample(int sample);
  void begin_tour();
  [[nodiscard]] std::string called_service() const;

  // window_notes.cc
  void create_note_actions();
  void ask_note(engine::Instant at);
  void refresh_note_actions();

  // window_perspectives.cc
  void create_perspectives(QMenu& view);
  [[nodiscard]] Arrangement& arrangement_of(Perspective perspective);
  [[nodiscard]] Arrangement arrangement() const;
  void arrange(const Arrangement& wanted);
  void arrange_usually();
  void keep_arrangements();

  // window_groups.cc
  void create_group_actions();
  void fill_group_menus(QMenu& edit, QMenu& view);
  void refresh_group_actions();
  void change_grouping(const Grouping& grouping);
  void toggle_group(const std::string& name);
  void open_group_of(const std::string& service);
  void group_selected();
  void ungroup_selected();
  void ungroup(const std::set<std::string>& services, const std::function<void(Grouping&)>& more);
  [[nodiscard]] Grouping usual_grouping() const;

  // window_clipboard.cc
  void create_clipboard_actions();
  [[nodiscard]] Places places_of(const std::set<std::string>& services) const;
  bool copy_selected();
  void paste();
  void copy_aside(const QPointF& shift);
  void duplicate_selected();
  void paste_text(const std::string& text, const Places& places, const std::string& label);

  // window_edits.cc
  void add_service_at(const QPointF& at);
  void rename_selected();
  void remove_selected();
  void remove_services(const std::set<std::string>& services);
  void connect_with(const std::string& callee);
  void break_dialog(const Selection& selection, const QString& kind = {});
  [[nodiscard]] QString why_no_fault(const std::string& name, const std::string& what) const;
  void add_break_menu(QMenu& menu, const Selection& selection);
  void add_call_menu(QMenu& menu, const Selection& selection);
  void boxes_moved();
  void notes_changed();
  void note_move(Layout now, const QString& label);
  void put_box(const std::string& service, const QPointF& place);
  void take_layout(const Layout& layout);
  [[nodiscard]] bool has_moved() const;

  // window_history.cc
  void take_move(const Move& move, bool back);
  void step_document(bool back);
  void name_steps();
  void undo();
  void redo();
  [[nodiscard]] bool can_undo() const;
  [[nodiscard]] bool can_redo() const;
  [[nodiscard]] QStringList steps() const;
  [[nodiscard]] std::size_t steps_done() const;
  void go_to_step(int wanted);

  // window_exports.cc
  void create_export_actions();
  void ask_chart_export(const ChartView* chart, ChartFormat format);
  void tell_written(const QString& path, bool is_written);

  // window_files.cc
  void new_from_template();
  void ask_open();
  void ask_import();
  void ask_import_load();
  [[nodiscard]] std::string path_from_document(const QString& path, const KeyPath& key) const;
  bool save();
  bool save_as();
  void save_places();
  void keep_for_recovery();
  /// Asks what becomes of changes; false when the person stays.
  bool may_leave();
  void claim_again();
  void show_in_front();
  void opened();
  void show_what_is_broken();
  void watch_files();
  [[nodiscard]] std::vector<PreviewedFile> changes_outside() const;
  void files_changed_outside();
  void compare_with_disk();
  [[nodiscard]] bool has_changes() const;
  bool keep_unkept();
  void offer_recovered(std::vector<Unsaved> left);
  bool restore_recovered(const Unsaved& unsaved);
  void note_layout();
  void ask_export(const QString& title, const QString& filter,
                  const std::function<bool(const QString&)>& write);

  Theme theme_ = Theme::light();
  Appearance appearance_ = Appearance::kDesktop;
  bool is_desktop_dark_ = false;
  Colours colours_ = Colours::kUsual;
  Perspective perspective_ = Perspective::kRun;
  std::array<Arrangement, kPerspectives.size()> arrangements_;  ///< Of those that are not shown.
  QByteArray usual_docks_;
  std::optional<bool> has_arranged_;  ///< For a document, or for none.
  QByteArray before_wall_;            ///< Where docks were; empty: it is no wall.
  Workbench workbench_;
  QStackedWidget* middle_ = nullptr;
  StartPage* start_ = nullptr;
  QSplitter* split_ = nullptr;
  CanvasView* canvas_ = nullptr;
  SourcePanel* source_ = nullptr;
  FindBar* find_bar_ = nullptr;
  TimelineBar* timeline_ = nullptr;
  MessageBar* message_ = nullptr;
  OutlinePanel* outline_ = nullptr;
  InspectorPanel* inspector_ = nullptr;
  ChartsPanel* charts_ = nullptr;
  EventsPanel* events_ = nullptr;
  ProblemsPanel* problems_ = nullptr;
  VerdictPanel* verdict_ = nullptr;
  RunsPanel* runs_ = nullptr;
  ScenarioPanel* scenario_panel_ = nullptr;
  LoadPanel* load_panel_ = nullptr;
  OverlayBar* overlays_ = nullptr;
  CascadePanel* cascade_ = nullptr;
  LanesView* lanes_ = nullptr;
  CanaryPanel* canary_ = nullptr;
  TracesPanel* traces_ = nullptr;
  PalettePanel* palette_ = nullptr;
  SweepPanel* sweep_ = nullptr;
  HistoryPanel* history_ = nullptr;
  NotesPanel* notes_ = nullptr;
  PanelTabs* below_ = nullptr;
  QLabel* status_ = nullptr;
  QLabel* figures_ = nullptr;
  QComboBox* speed_ = nullptr;
  QMenu* recent_ = nullptr;
  std::map<QString, std::pair<QAction*, std::optional<Icon>>> actions_;
  std::map<QString, QList<QKeySequence>> usual_keys_;
  QPointer<Tour> tour_;
  std::string fault_length_ = "10s", fault_ramp_;
  std::vector<Move> moves_, moves_undone_;
  Layout layout_;  ///< As of the last move.
  Layout saved_layout_;
  std::optional<bool> shows_pause_;  ///< The icon of the action that runs.
  std::uint64_t shown_revision_ = ~std::uint64_t{0};
  QFileSystemWatcher watcher_;
  Recovery* recovery_ = nullptr;
  FileClaim* claim_ = nullptr;
  bool is_undoing_ = false;       ///< Or redoing: what was undone can be done again.
  std::size_t told_failing_ = 0;  ///< To screen readers.
  int restart_offered_ = 0;       ///< For the run of this number.
  bool is_joined_ = false;        ///< The move that comes belongs to the edit before it.
  bool is_selecting_ = false;     ///< The selection comes from the canvas.
};

}  // namespace shaketable::gui
