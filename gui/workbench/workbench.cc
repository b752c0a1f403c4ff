#include "gui/workbench/workbench.h"

#include <algorithm>
#include <utility>

#include "engine/judge/units.h"
#include "gui/document/mesh_edits.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kFrame = 33;  // Milliseconds.
constexpr int kSlowestFrame = 1000;
constexpr int kExpressFrame = 500;     // The same, in a run that is to be disturbed by nothing.
constexpr std::size_t kMostRuns = 20;  // Kept with their figures.
constexpr std::size_t kMostVisits = 100;

std::vector<std::string> names_of(const engine::Mesh& mesh) {
  std::vector<std::string> names;
  for (const engine::Service& service : mesh.services) {
    names.push_back(service.name);
  }
  return names;
}

}  // namespace

Workbench::Workbench(QObject* parent) : QObject(parent) {
  timer_.setInterval(kFrame);
  timer_.setTimerType(Qt::PreciseTimer);
  connect(&timer_, &QTimer::timeout, this, [this] { poll(); });
}

Workbench::~Workbench() = default;

// ---- the document ---------------------------------------------------------------------------

const engine::Scenario* Workbench::scenario() const {
  return document_.scenario() == nullptr ? nullptr : &document_.scenario()->scenario;
}

bool Workbench::open(const QString& path) {
  auto read = ScenarioDocument::open(path.toStdString());
  if (!read) {
    Q_EMIT said(words_of(read.error()), true);
    return false;
  }
  forget_runs();
  read->count_from(document_.revision());
  document_ = std::move(*read);
  has_file_ = true;
  forget_selection();
  changed_document();
  Q_EMIT opened();
  Q_EMIT runs_changed();
  Q_EMIT selection_changed();
  return true;
}

void Workbench::forget_selection() {
  selection_ = {};
  visits_ = {Selection{}};
  visit_ = 0;
}

void Workbench::create(const QString& name, const std::string& text) {
  forget_runs();
  auto made = ScenarioDocument::from_text(name.toStdString(), text);
  made.count_from(document_.revision());
  document_ = std::move(made);
  has_file_ = false;
  forget_selection();
  changed_document();
  Q_EMIT opened();
  Q_EMIT runs_changed();
  Q_EMIT selection_changed();
}

bool Workbench::save() {
  const auto saved = document_.save();
  if (!saved) {
    Q_EMIT said(words_of(saved.error()), true);
    return false;
  }
  has_file_ = true;
  Q_EMIT document_changed();
  Q_EMIT said(tr("Saved"), false);
  return true;
}

bool Workbench::save_as(const QString& path) {
  const auto saved = document_.save_as(path.toStdString());
  if (!saved) {
    Q_EMIT said(words_of(saved.error()), true);
    return false;
  }
  has_file_ = true;
  changed_document();
  Q_EMIT said(tr("Saved as %1").arg(path), false);
  return true;
}

bool Workbench::edit(const proxy::Result<DocumentEdit>& edit) {
  if (!edit) {
    Q_EMIT said(words_of(edit.error()), true);
    return false;
  }
  const auto applied = document_.apply(*edit);
  if (!applied) {
    Q_EMIT said(words_of(applied.error()), true);
    return false;
  }
  changed_document();
  return true;
}

void Workbench::type(const std::string& file, const std::string& text) {
  const std::uint64_t before = document_.revision();
  document_.type(file, text);
  if (document_.revision() != before) {
    changed_document();
  }
}

void Workbench::undo() {
  document_.undo();
  changed_document();
}

void Workbench::redo() {
  document_.redo();
  changed_document();
}

void Workbench::changed_document() {
  if (const engine::Scenario* const now = scenario()) {
    shape_ = shape_of(now->mesh);
  } else {
    shape_ = {};
  }
  look_again();
  Q_EMIT document_changed();
  Q_EMIT moment_changed();
}

// ---- runs -----------------------------------------------------------------------------------

const RunEntry* Workbench::shown() const {
  return shown_ < runs_.size() ? &runs_[shown_] : nullptr;
}

const RunEntry* Workbench::baseline() const {
  return baseline_ && *baseline_ < runs_.size() && *baseline_ != shown_ ? &runs_[*baseline_]
                                                                        : nullptr;
}

void Workbench::show_run(std::size_t index) {
  if (index >= runs_.size()) {
    return;
  }
  shown_ = index;
  moment_ = std::min(moment_, reached());
  look_again();
  Q_EMIT runs_changed();
  Q_EMIT analysis_changed();
  Q_EMIT moment_changed();
}

void Workbench::set_baseline(std::optional<std::size_t> index) {
  baseline_ = index;
  Q_EMIT runs_changed();
  Q_EMIT moment_changed();
}

const RunEntry* Workbench::going_on() const {
  return !runs_.empty() && runs_.back().handle != nullptr && runs_.back().is_going_on()
             ? &runs_.back()
             : nullptr;
}

RunEntry* Workbench::current() { return going_on() == nullptr ? nullptr : &runs_.back(); }

void Workbench::forget_runs() {
  runs_.clear();
  shown_ = 0;
  baseline_.reset();
  awaited_.clear();
  runs_begun_ = 0;
  moment_ = {};
  follows_ = true;
  play_back_ = 0;
  cursor_.reset();
  marks_ = {};
  range_.reset();
  look_.reset();
  timer_.stop();
}

void Workbench::begin_run() {
  if (document_.scenario() == nullptr || !document_.is_good()) {
    Q_EMIT said(tr("Nothing can run before the errors are gone; see Problems"), true);
    return;
  }
  if (RunEntry* const running = current()) {
    running->handle->finish();
  }
  if (runs_.size() >= kMostRuns && runs_.front().handle == nullptr) {
    runs_.pop_front();
    if (baseline_) {
      baseline_ = *baseline_ == 0 ? std::nullopt : std::optional(*baseline_ - 1);
    }
  }
  RunEntry entry;
  entry.number = ++runs_begun_;
  entry.scenario = document_.scenario();
  entry.began_with = entry.scenario;
  entry.revision = document_.revision();
  entry.handle = std::make_unique<RunHandle>(document_.scenario());
  entry.status = entry.handle->status();
  entry.handle->play(speed_);
  entry.status.state = RunState::kRunning;
  runs_.push_back(std::move(entry));
  shown_ = runs_.size() - 1;
  awaited_.clear();
  moment_ = {};
  follows_ = true;
  play_back_ = 0;
  timer_.start();
  look_again();
  Q_EMIT runs_changed();
  Q_EMIT analysis_changed();
  Q_EMIT moment_changed();
}

void Workbench::run_or_pause() {
  RunEntry* const entry = current();
  if (entry == nullptr) {
    begin_run();
    return;
  }
  show_run(runs_.size() - 1);
  if (entry->status.state == RunState::kRunning) {
    pause();
    return;
  }
  entry->handle->play(speed_);
  entry->status.state = RunState::kRunning;
  play_back_ = 0;
  follow();
  Q_EMIT runs_changed();
}

void Workbench::pause() {
  if (RunEntry* const entry = current()) {
    entry->handle->pause();
    entry->status.state = RunState::kPaused;
    Q_EMIT runs_changed();
  }
}

void Workbench::stop() {
  if (RunEntry* const entry = current()) {
    entry->handle->finish();
    Q_EMIT runs_changed();
  }
}

void Workbench::step(std::uint64_t events) {
  if (current() == nullptr) {
    begin_run();
    pause();
  }
  if (RunEntry* const entry = current()) {
    entry->handle->step(events);
    follow();
  }
}

void Workbench::run_until(StopRule rule, const QString& what) {
  if (current() == nullptr) {
    begin_run();
    pause();  // It begins with the rule.
  }
  if (RunEntry* const entry = current()) {
    awaited_ = what;
    entry->handle->run_until(std::move(rule));
    entry->status.state = RunState::kRunning;
    follow();
    Q_EMIT runs_changed();
  }
}

void Workbench::set_speed(double seconds_per_second) {
  speed_ = seconds_per_second;
  RunEntry* const entry = current();
  if (entry != nullptr && entry->status.state == RunState::kRunning) {
    entry->handle->play(speed_);
  }
}

int Workbench::frame() const { return is_express_ ? kExpressFrame : kFrame; }

void Workbench::set_express(bool express) {
  is_express_ = express;
  timer_.setInterval(frame());
}

// What a run that went on until something paused by, or that it ended without it.
void Workbench::tell_of_rule(const RunEntry& entry, const RunStatus& before) {
  if (awaited_.isEmpty() || &entry != &runs_.back()) {
    return;
  }
  if (entry.status.rules_met != before.rules_met) {
    Q_EMIT said(tr("Paused at %1: %2").arg(clock_text(entry.status.now), awaited_), false);
  } else if (entry.status.state == RunState::kFinished) {
    Q_EMIT said(tr("The run is over, and this was not met: %1").arg(awaited_), false);
  } else {
    return;
  }
  awaited_.clear();
}

void Workbench::break_now(const std::string& name, const std::string& what) {
  RunEntry* const entry = current();
  if (entry == nullptr) {
    plan_fault(name, moment(), what);
    return;
  }
  entry->handle->act({.name = free_name(entry->scenario->source, "faults", name), .what = what});
  follow();
}

bool Workbench::plan_fault(const std::string& name, engine::Instant at, const std::string& what) {
  const std::string free = free_name(document_.source(), "faults", name);
  const std::string entry = "{at: " + duration_yaml(at.time_since_epoch()) + ", " + what + "}";
  auto change = set_value(document_.source(), {"faults", free}, entry);
  if (change) {
    change->label = "Add fault " + free;
  }
  if (!edit(change)) {
    return false;
  }
  Q_EMIT said(
      tr("Fault %1 is in the scenario: it begins at %2")
          .arg(QString::fromStdString(free), QString::fromStdString(engine::format_instant(at))),
      false);
  return true;
}

void Workbench::stop_faults() {
  if (RunEntry* const entry = current()) {
    entry->handle->stop_faults();
  }
}

void Workbench::select(const Selection& selection) {
  if (selection == selection_) {
    return;
  }
  selection_ = selection;
  visits_.resize(visit_ + 1);
  if (visits_.size() >= kMostVisits) {
    visits_.erase(visits_.begin());
  }
  visits_.push_back(selection);
  visit_ = visits_.size() - 1;
  Q_EMIT selection_changed();
}

void Workbench::select_back() { go_to_visit(visit_ - 1); }

void Workbench::select_forth() { go_to_visit(visit_ + 1); }

void Workbench::go_to_visit(std::size_t visit) {
  if (visit < visits_.size()) {
    visit_ = visit;
    selection_ = visits_[visit];
    Q_EMIT selection_changed();
  }
}

// ---- the moment -----------------------------------------------------------------------------

engine::Instant Workbench::moment() const { return follows_ ? reached() : moment_; }

engine::Instant Workbench::reached() const {
  const RunEntry* const entry = shown();
  return entry == nullptr ? engine::Instant{} : entry->status.now;
}

engine::Instant Workbench::end() const {
  if (const RunEntry* const entry = shown()) {
    return entry->status.end;
  }
  const engine::Scenario* const now = scenario();
  return now == nullptr ? engine::Instant{} : engine::Instant(now->run.duration + now->run.drain);
}

void Workbench::look_at(engine::Instant moment) {
  moment_ = std::clamp(moment, engine::Instant{}, std::max(reached(), engine::Instant{}));
  const RunEntry* const entry = shown();
  const bool at_front = entry != nullptr && entry->is_going_on() && moment_ >= reached();
  follows_ = at_front;
  look_again();
  Q_EMIT moment_changed();
}

void Workbench::follow() {
  follows_ = true;
  play_back_ = 0;
  look_again();
  Q_EMIT moment_changed();
}

void Workbench::play_back(double seconds_per_second) {
  if (shown() == nullptr) {
    return;
  }
  const engine::Instant from = moment();
  play_back_ = seconds_per_second;
  played_back_at_ = std::chrono::steady_clock::now();
  follows_ = false;
  moment_ = seconds_per_second > 0 && from >= reached() ? engine::Instant{} : from;
  if (seconds_per_second != 0) {
    timer_.start();
  }
  look_again();
  Q_EMIT moment_changed();
}

void Workbench::advance_play_back() {
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::duration<double> passed = now - played_back_at_;
  played_back_at_ = now;
  moment_ += engine::Duration(static_cast<std::int64_t>(passed.count() * play_back_ * 1e9));
  if (moment_ <= engine::Instant{} || moment_ >= reached()) {
    play_back_ = 0;
    moment_ = std::clamp(moment_, engine::Instant{}, reached());
  }
  look_again();
  Q_EMIT moment_changed();
}

void Workbench::look_again() {
  look_.reset();
  const RunEntry* const entry = shown();
  const engine::Scenario* const now = scenario();
  if (entry == nullptr || now == nullptr) {
    return;
  }
  const engine::Scenario& ran = entry->scenario->scenario;
  const bool is_same =
      entry->revision == document_.revision() ||
      (names_of(ran.mesh) == names_of(now->mesh) && shape_of(ran.mesh).edges == shape_.edges);
  if (is_same) {
    look_ = gui::look_at(ran, shape_, entry->history, moment());
  }
}

// True when there was something new to show.
bool Workbench::poll(RunEntry& entry) {
  const RunStatus status = entry.handle->status();
  bool is_new = entry.handle->fetch(entry.history, entry.generation);
  is_new = is_new || status.now != entry.status.now || status.state != entry.status.state;
  const bool has_acted = status.acts != entry.status.acts;
  const bool has_failed = status.problem != entry.status.problem && !status.problem.empty();
  const bool changed_state = status.state != entry.status.state;
  const RunStatus before = std::exchange(entry.status, status);
  if (has_acted) {
    entry.scenario = entry.handle->scenario();
  }
  if (has_failed) {
    Q_EMIT said(QString::fromStdString(status.problem), true);
  }
  tell_of_rule(entry, before);
  poll_analysis(entry);
  if (status.state == RunState::kFailed) {
    entry.scenario = entry.handle->scenario();
    entry.handle.reset();
  } else if (status.state == RunState::kFinished) {
    if (auto result = entry.handle->result()) {
      entry.result = std::move(result);
      entry.scenario = entry.handle->scenario();
      entry.preview.reset();
      entry.handle.reset();
      Q_EMIT analysis_changed();
    }
  }
  if (changed_state || has_acted) {
    Q_EMIT runs_changed();
  }
  return is_new || has_acted;
}

void Workbench::poll() {
  const auto begin = std::chrono::steady_clock::now();
  bool is_new = false;
  bool is_needed = play_back_ != 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (runs_[i].handle != nullptr) {
      is_new = poll(runs_[i]) && i == shown_ ? true : is_new;
      is_needed = true;
    }
  }
  if (play_back_ != 0) {
    advance_play_back();
  } else if (is_new) {
    look_again();
    Q_EMIT moment_changed();
  }
  if (!is_needed) {
    timer_.stop();
    return;
  }
  // With thousands of services showing what is new takes its time: then it is done less often.
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  const int pace = std::clamp(static_cast<int>(3 * took.count()), frame(), kSlowestFrame);
  if (timer_.interval() != pace) {
    timer_.setInterval(pace);
  }
}

}  // namespace shaketable::gui
