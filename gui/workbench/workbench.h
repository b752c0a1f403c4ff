#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gui/canvas/selection.h"
#include "gui/document/scenario_document.h"
#include "gui/run/mesh_look.h"
#include "gui/run/run_handle.h"
#include "gui/workbench/notes.h"

namespace shaketable::gui {

/// A run of this session of the application, going on or over.
struct RunEntry {
  int number = 0;                                            ///< From 1.
  std::unique_ptr<RunHandle> handle;                         ///< Null once the result is there.
  std::shared_ptr<const engine::LoadedScenario> scenario;    ///< With the acts.
  std::shared_ptr<const engine::LoadedScenario> began_with;  ///< Without them.
  RunHistory history;
  std::uint64_t generation = 0;
  RunStatus status;
  std::shared_ptr<const RunResult> result;
  std::shared_ptr<const RunResult> preview;    ///< While it is going on: judged as far as it came.
  std::uint64_t revision = 0;                  ///< Of the document that it began with.
  std::uint64_t acts_kept = 0;                 ///< Acts that the document holds, or another file.
  std::map<std::string, std::string> kept_as;  ///< Faults of acts, by what the document calls them.
  QString name;                                ///< What a person calls it; empty: by its number.
  bool is_analysis_asked = false;
  std::chrono::steady_clock::time_point analysed_at{};

  [[nodiscard]] bool is_going_on() const {
    return status.state == RunState::kRunning || status.state == RunState::kPaused;
  }
};

/// A fault that was let happen in a run, or that an act has changed, as a scenario writes it.
struct ActedFault {
  std::string name;
  std::string value;    ///< YAML.
  bool is_new = false;  ///< The scenario that the run began with has none of this name.

  friend bool operator==(const ActedFault&, const ActedFault&) = default;
};

/// What was done to a run.
[[nodiscard]] std::vector<ActedFault> acted_faults(const RunEntry& run);

/// What a jump through the time looks for.
enum class Jump : std::uint8_t {
  kEvent,  ///< A circuit, an ejection, a death, a fault, a push.
  kTrip,   ///< A policy steps in: a circuit opens, a host is ejected, a panic begins.
  kError,  ///< Clients begin to see errors.
  kNote,   ///< What a person has marked.
};

/// One of the two moments that charts are compared at.
enum class Mark : std::uint8_t { kA, kB };

/// How far a run was judged that goes on; nothing when it is over.
[[nodiscard]] std::optional<engine::Instant> judged_to(const RunResult& result);

/// What a run is called: its name, or "run 3".
[[nodiscard]] QString title_of(const RunEntry& entry);

/// What all parts of the window are about: a document, the runs of it, the moment that is shown,
/// and what is selected. The parts ask it to do something and show what it tells; none knows
/// another. Belongs to the thread of the window.
class Workbench : public QObject {
  Q_OBJECT

 public:
  explicit Workbench(QObject* parent = nullptr);
  ~Workbench() override;

  // ---- the document
  [[nodiscard]] const ScenarioDocument& document() const { return document_; }
  /// The scenario as it can be read now or could last; null before the first.
  [[nodiscard]] const engine::Scenario* scenario() const;
  /// Opens a file and forgets the runs. False, with a message, when it cannot be read.
  bool open(const QString& path);
  /// Begins with a text that is in no file yet.
  void create(const QString& name, const std::string& text);
  bool save();
  bool save_as(const QString& path);
  /// Carries an edit out, or says why it cannot be.
  bool edit(const proxy::Result<DocumentEdit>& edit);
  void type(const std::string& file, const std::string& text);
  void undo();
  void redo();
  /// Whether the document is in a file of its own.
  [[nodiscard]] bool has_file() const { return has_file_; }

  // ---- runs
  [[nodiscard]] const std::deque<RunEntry>& runs() const { return runs_; }
  /// The run that is looked at; null before the first.
  [[nodiscard]] const RunEntry* shown() const;
  [[nodiscard]] std::size_t shown_index() const { return shown_; }
  /// The run that is going on; null when none is.
  [[nodiscard]] const RunEntry* going_on() const;
  void show_run(std::size_t index);
  /// What the run that is shown means, as far as it came: its result or, while it goes on, a
  /// judgement that is at most seconds old. Null when there is none yet.
  [[nodiscard]] std::shared_ptr<const RunResult> analysed() const;
  /// Calls a run something; an empty name is its number again.
  void name_run(std::size_t index, const QString& name);
  /// The run that charts are compared with; null for none.
  [[nodiscard]] const RunEntry* baseline() const;
  [[nodiscard]] std::optional<std::size_t> baseline_index() const { return baseline_; }
  void set_baseline(std::optional<std::size_t> index);

  /// Runs on, pauses, or begins a run when none is going on.
  void run_or_pause();
  void begin_run();
  void pause();
  /// Ends the run where it is; it is judged as far as it came.
  void stop();
  void step(std::uint64_t events);
  /// Runs on as fast as it goes until a rule is met, and pauses there. `what` is waited for, in the
  /// words of a message: "a circuit opens".
  void run_until(StopRule rule, const QString& what);
  void run_until(engine::Instant at) { run_until(StopRule{.at = at}, QString()); }
  /// Seconds of the run in a real one; RunHandle::kAsFastAsItGoes for all that the machine gives.
  void set_speed(double seconds_per_second);
  [[nodiscard]] double speed() const { return speed_; }
  /// Express: the window looks at the run twice a second only, and has it judged when it is over,
  /// so that next to nothing is taken from it.
  void set_express(bool express);
  [[nodiscard]] bool is_express() const { return is_express_; }

  /// Lets a fault begin now in the run that is going on; with none, writes it into the scenario at
  /// the moment that is shown. `what` is a fault without `at`: "on: payment, slow: 8x".
  void break_now(const std::string& name, const std::string& what);
  /// Writes a fault into the scenario.
  bool plan_fault(const std::string& name, engine::Instant at, const std::string& what);
  /// Ends every fault of the run that is going on.
  void stop_faults();
  /// Writes what was done to the run that is shown into the scenario, as faults; what else was
  /// changed there since the run began stays. False when that is not possible, which is said.
  bool keep_acts();
  /// The same of a run that is not there any more; `title` is what it was called.
  bool keep_acts(const std::string& title, const std::vector<ActedFault>& faults);
  /// The newest run to which something was done that no file holds; null when there is none.
  [[nodiscard]] const RunEntry* unkept() const;
  /// What was done to a run is in a file.
  void note_kept(const RunEntry& run);

  // ---- the moment
  [[nodiscard]] engine::Instant moment() const;
  /// End of the run that is shown, or of the one that would be.
  [[nodiscard]] engine::Instant end() const;
  /// How far the run that is shown has come.
  [[nodiscard]] engine::Instant reached() const;
  [[nodiscard]] bool follows() const { return follows_; }
  void look_at(engine::Instant moment);
  /// The moment is always the newest one.
  void follow();
  /// Lets the moment move by itself, backwards when negative; 0 stops it.
  void play_back(double seconds_per_second);
  [[nodiscard]] double play_back_speed() const { return play_back_; }
  /// Plays what was recorded at `play_speed()`, or stops when it goes that way already.
  void play(bool forwards);
  /// Seconds of the run in a real one, for `play`; changes one that goes on.
  void set_play_speed(double seconds_per_second);
  [[nodiscard]] double play_speed() const { return play_speed_; }
  /// To the next moment of a kind, or the one before.
  void jump(bool forwards, Jump what = Jump::kEvent);
  /// What the mesh looked like at the moment; nothing when nothing has run, or when the mesh is not
  /// the one that ran any more.
  [[nodiscard]] const std::optional<MeshLook>& look() const { return look_; }
  [[nodiscard]] const MeshShape& shape() const { return shape_; }
  /// Whether the document says something else than the run that is shown, with what was done to it.
  [[nodiscard]] bool is_outdated() const;

  /// A moment that is pointed at, in whichever chart: all of them show it.
  [[nodiscard]] std::optional<engine::Instant> cursor() const { return cursor_; }
  void point_at(std::optional<engine::Instant> cursor);
  /// Two moments that charts are compared at, A and B; see `mark`.
  [[nodiscard]] std::optional<engine::Instant> mark(Mark which) const {
    return marks_[index(which)];
  }
  void set_mark(Mark which, std::optional<engine::Instant> at);

  /// Moments that a person has marked, in order. They belong to the document, and not to its text.
  [[nodiscard]] const Notes& notes() const { return notes_; }
  void set_notes(Notes notes);

  /// The stretch of time that charts show: from the start to the end of the run, or a part of it.
  [[nodiscard]] engine::Instant range_from() const;
  [[nodiscard]] engine::Instant range_to() const;
  /// Shows a part; all of it when `to` is not behind `from` or it is more than there is.
  void show_range(engine::Instant from, engine::Instant to);

  // ---- the selection
  [[nodiscard]] const Selection& selection() const { return selection_; }
  void select(const Selection& selection);
  /// To what was selected before, and again to what was selected after that.
  void select_back();
  void select_forth();
  [[nodiscard]] bool can_select_back() const { return visit_ > 0; }
  [[nodiscard]] bool can_select_forth() const { return visit_ + 1 < visits_.size(); }
  /// Selects what a place of the text is about, and asks for it to be seen: a service, calls, what
  /// a fault hits. False, and nothing changes, for a place that is about none.
  bool select_at(const std::string& file, int line, int column);

 Q_SIGNALS:
  void opened();            ///< Another document, from a file or new.
  void document_changed();  ///< Text, meaning or name.
  void runs_changed();      ///< A run began, stopped, was judged; or another is shown.
  void moment_changed();    ///< The moment, or what is known of the run that is shown.
  void analysis_changed();  ///< `analysed()` is another one.
  void cursor_changed();    ///< The cursor, a mark, or the stretch that charts show.
  void notes_changed();
  void selection_changed();
  void said(const QString& text, bool is_error);
  /// Somebody wants to see a service in the drawing.
  void reveal_asked(const std::string& service);
  /// Somebody wants to see a line of a file.
  void place_asked(const std::string& file, int line);

 private:
  RunEntry* current();
  bool keep_faults(const std::string& title, const std::vector<ActedFault>& faults,
                   std::map<std::string, std::string>& names);
  void forget_runs();
  void forget_selection();
  void look_again();
  void poll();
  bool poll(RunEntry& entry);
  void poll_analysis(RunEntry& entry);
  void tell_of_rule(const RunEntry& entry, const RunStatus& before);
  [[nodiscard]] int frame() const;
  [[nodiscard]] static std::size_t index(Mark which) { return which == Mark::kA ? 0 : 1; }
  void advance_play_back();
  void changed_document();
  void go_to_visit(std::size_t visit);

  ScenarioDocument document_;
  bool has_file_ = false;
  std::deque<RunEntry> runs_;
  std::size_t shown_ = 0;
  std::optional<std::size_t> baseline_;
  int runs_begun_ = 0;
  double speed_ = 10;
  bool is_express_ = false;
  QString awaited_;  ///< What `run_until` waits for; empty: nothing, or a moment.
  engine::Instant moment_{};
  bool follows_ = true;
  double play_back_ = 0;
  double play_speed_ = 10;
  std::chrono::steady_clock::time_point played_back_at_{};
  std::optional<engine::Instant> cursor_;
  std::array<std::optional<engine::Instant>, 2> marks_;
  Notes notes_;
  std::optional<std::pair<engine::Instant, engine::Instant>> range_;  ///< Nothing: all.
  std::optional<MeshLook> look_;
  MeshShape shape_;
  Selection selection_;
  /// What `is_outdated` was found for.
  struct Outdated {
    int run = 0;
    std::uint64_t acts = 0, revision = 0;
    bool is = false;
  };
  mutable Outdated outdated_;
  std::vector<Selection> visits_ = {Selection{}};  ///< What was selected, in order.
  std::size_t visit_ = 0;                          ///< The one that is now.
  QTimer timer_;
};

}  // namespace shaketable::gui
