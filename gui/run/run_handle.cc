#include "gui/run/run_handle.h"

#include <algorithm>
#include <ctime>
#include <exception>
#include <utility>

#include "engine/judge/units.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

// How long the run goes on between two looks at its commands, in real time.
constexpr auto kSlice = 8ms;
constexpr auto kFrame = 8ms;  // Between two looks while it waits for real time to pass.
constexpr engine::Duration kLongestSlice = 60s;

// What is wrong, where, and what was expected instead.
std::string sentence_of(const proxy::Error& error) {
  return error.message + (error.where.empty() ? "" : " (" + error.where + ")") +
         (error.expected.empty() ? "" : "; expected " + error.expected);
}

std::chrono::nanoseconds cpu_of_this_thread() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

RunHandle::RunHandle(std::shared_ptr<const engine::LoadedScenario> scenario)
    : scenario_(scenario), session_(std::move(scenario)) {
  fresh_.set_bucket(session_.bucket());
  publish();
  status_.cpu = {};  // The time so far is that of whoever makes it.
  thread_ = std::thread([this] { work(); });
}

RunHandle::~RunHandle() {
  {
    const std::lock_guard lock(mutex_);
    must_end_ = true;
    has_commands_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void RunHandle::post(Command command) {
  const std::lock_guard lock(mutex_);
  commands_.push_back(std::move(command));
  has_commands_ = true;
  changed_.notify_all();
}

void RunHandle::play(double seconds_per_second) { post(Play{.speed = seconds_per_second}); }
void RunHandle::run_until(StopRule rule) { post(Play{.until = std::move(rule)}); }
void RunHandle::pause() { post(Pause{}); }
void RunHandle::step(std::uint64_t events) { post(Step{events}); }
void RunHandle::act(Act act) { post(std::move(act)); }
void RunHandle::stop_faults() { post(StopFaults{}); }
void RunHandle::analyse() { post(Analyse{}); }
void RunHandle::finish() { post(Finish{}); }

RunStatus RunHandle::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool RunHandle::fetch(RunHistory& history, std::uint64_t& generation) {
  const std::lock_guard lock(mutex_);
  const std::size_t buckets = history.buckets();
  const std::size_t events = history.events().size();
  const bool is_new = generation != status_.generation;
  if (is_new) {
    history = RunHistory();
    generation = status_.generation;
  }
  fresh_.hand_over(history);
  return is_new || history.buckets() != buckets || history.events().size() != events;
}

std::shared_ptr<const engine::LoadedScenario> RunHandle::scenario() const {
  const std::lock_guard lock(mutex_);
  return scenario_;
}

std::shared_ptr<const RunResult> RunHandle::preview() const {
  const std::lock_guard lock(mutex_);
  return preview_;
}

std::shared_ptr<const RunResult> RunHandle::result() const {
  const std::lock_guard lock(mutex_);
  return result_;
}

// ---- the thread -----------------------------------------------------------------------------

void RunHandle::work() {
  while (true) {
    try {
      if (!carry_out_commands()) {
        return;
      }
      go_on();
    } catch (const std::exception& error) {  // No memory, above all.
      fail(error.what());
    }
  }
}

void RunHandle::go_on() {
  if (state_ == RunState::kRunning) {
    advance();
  }
  const bool is_over = session_.simulation().finished() || finish_asked_;
  if (is_over && !is_left()) {
    judge();
  } else if (!is_left()) {
    publish();
  }
}

void RunHandle::fail(const char* why) {
  const std::lock_guard lock(mutex_);
  state_ = RunState::kFailed;
  status_.state = state_;
  status_.problem = "the run failed at " + engine::format_instant(status_.now) + ": " + why;
}

// Waits when there is nothing to do. False when the handle is going away.
bool RunHandle::carry_out_commands() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (must_end_) {
      return false;
    }
    if (!commands_.empty()) {
      const Command command = std::move(commands_.front());
      commands_.pop_front();
      has_commands_ = !commands_.empty();
      lock.unlock();
      if (!is_left()) {
        carry_out(command);
      }
      return true;
    }
    if (state_ == RunState::kRunning) {
      return true;
    }
    changed_.wait(lock);
  }
}

void RunHandle::carry_out(const Command& command) {
  struct Visitor {
    RunHandle& run;
    void operator()(const Play& play) const { run.begin_playing(play); }
    void operator()(const Pause&) const { run.state_ = RunState::kPaused; }
    void operator()(const Step& step) const {
      run.state_ = RunState::kPaused;
      run.session_.simulation().step(step.events);
    }
    void operator()(const Act& act) const { run.note(run.session_.act(act)); }
    void operator()(const StopFaults&) const {
      // With the new number comes all of its history: nobody sees an empty run in between.
      RunHistory again;
      again.set_bucket(run.session_.bucket());
      const auto stopped = run.session_.stop_faults(
          [&](std::size_t bucket, const std::vector<engine::BreakerLevel>& levels) {
            again.note(bucket, levels);
          });
      if (!stopped) {
        run.note(tl::unexpected(stopped.error()));
      } else if (*stopped > 0) {
        again.append(run.session_.simulation().live());
        const std::lock_guard lock(run.mutex_);
        run.fresh_ = std::move(again);
        ++run.status_.generation;
        run.preview_.reset();
      }
      if (stopped) {
        run.note({});
      }
    }
    void operator()(const Analyse&) const { run.make_preview(); }
    void operator()(const Finish&) const { run.finish_asked_ = true; }
  };
  std::visit(Visitor{*this}, command);
}

// What a command that changes the run came to.
void RunHandle::note(const proxy::Result<void>& result) {
  if (state_ == RunState::kRunning) {
    go_on_playing();  // Parsing took its time; the run does not catch up with it.
  }
  const std::lock_guard lock(mutex_);
  status_.problem = result ? std::string() : sentence_of(result.error());
  status_.acts += result ? 1 : 0;
  scenario_ = std::make_shared<const engine::LoadedScenario>(session_.scenario());
}

void RunHandle::begin_playing(const Play& play) {
  engine::Simulation& simulation = session_.simulation();
  state_ = RunState::kRunning;
  speed_ = play.speed;
  watch_ = StopWatch(play.until, simulation.live(), session_.bucket(), simulation.now());
  go_on_playing();
}

void RunHandle::go_on_playing() {
  played_since_ = RealClock::now();
  played_from_ = session_.simulation().now();
  measured_at_ = played_since_;
  measured_events_ = session_.simulation().events();
  measured_now_ = played_from_;
}

void RunHandle::advance() {
  engine::Simulation& simulation = session_.simulation();
  engine::Instant until = std::min(watch_.rule().at, simulation.end());
  if (speed_ > kAsFastAsItGoes) {
    const std::chrono::duration<double> played = RealClock::now() - played_since_;
    const auto due =
        played_from_ + engine::Duration(static_cast<std::int64_t>(played.count() * speed_ * 1e9));
    if (due <= simulation.now()) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kFrame, [this] { return must_end_ || !commands_.empty(); });
      return;
    }
    until = std::min(until, due);
  }
  // A slice ends with its bucket, where breakers are looked at.
  const engine::Duration bucket = session_.bucket();
  const engine::Instant bucket_end{(simulation.now().time_since_epoch() / bucket + 1) * bucket};
  const engine::Instant slice_end = std::min({until, simulation.now() + slice_, bucket_end});
  const auto begin = RealClock::now();
  const bool is_met = run_slice(slice_end);
  const auto took = RealClock::now() - begin;
  // Slices grow and shrink until one takes about as long as a frame.
  if (took < kSlice / 2) {
    slice_ = std::min(slice_ * 2, kLongestSlice);
  } else if (took > kSlice) {
    slice_ = std::max<engine::Duration>(slice_ / 2, 1us);
  }
  if (is_met) {
    state_ = RunState::kPaused;
    const std::lock_guard lock(mutex_);
    ++status_.rules_met;
  }
}

// True when the rule by which the run goes on is met; then it may be before the end of the slice.
bool RunHandle::run_slice(engine::Instant end) {
  const auto begin = cpu_of_this_thread();
  const bool is_met = run_to(end);
  own_cpu_ += cpu_of_this_thread() - begin;
  return is_met;
}

bool RunHandle::run_to(engine::Instant end) {
  engine::Simulation& simulation = session_.simulation();
  while (watch_.looks_at_events() && end - simulation.now() > StopWatch::kGrain) {
    simulation.run_until(simulation.now() + StopWatch::kGrain);
    if (watch_.is_due(simulation.live(), simulation.now())) {
      return true;
    }
  }
  simulation.run_until(end);
  return watch_.is_due(simulation.live(), simulation.now());
}

void RunHandle::measure_speed() {
  const auto now = RealClock::now();
  const std::chrono::duration<double> passed = now - measured_at_;
  if (state_ != RunState::kRunning || passed < 500ms) {
    return;
  }
  const engine::Simulation& simulation = session_.simulation();
  status_.events_per_second =
      static_cast<double>(simulation.events() - measured_events_) / passed.count();
  status_.seconds_per_second = proxy::to_seconds(simulation.now() - measured_now_) / passed.count();
  measured_at_ = now;
  measured_events_ = simulation.events();
  measured_now_ = simulation.now();
}

void RunHandle::publish() {
  const engine::Simulation& simulation = session_.simulation();
  const engine::Duration passed = simulation.now().time_since_epoch();
  const engine::Duration bucket = session_.bucket();
  const bool is_at_end = passed > engine::Duration::zero() && passed % bucket == passed.zero();
  const auto levels = is_at_end ? simulation.breakers() : std::vector<engine::BreakerLevel>();
  const std::lock_guard lock(mutex_);
  status_.state = state_;
  status_.now = simulation.now();
  status_.end = simulation.end();
  status_.events = simulation.events();
  status_.in_flight = simulation.in_flight();
  status_.pending_events = simulation.pending_events();
  status_.fingerprint = simulation.fingerprint();
  status_.cpu = cpu_of_this_thread();
  status_.own_cpu = own_cpu_;
  fresh_.append(simulation.live());
  if (!levels.empty()) {
    fresh_.note(static_cast<std::size_t>(passed / bucket) - 1, levels);
  }
  measure_speed();
}

void RunHandle::make_preview() {
  const auto begin = RealClock::now();
  std::shared_ptr<const RunResult> made = session_.preview();
  const std::lock_guard lock(mutex_);
  preview_.swap(made);
  ++status_.analyses;
  status_.analysis_took = RealClock::now() - begin;
}

void RunHandle::judge() {
  state_ = RunState::kJudging;
  publish();
  const auto begin = cpu_of_this_thread();
  std::shared_ptr<const RunResult> result = session_.finish();
  own_cpu_ += cpu_of_this_thread() - begin;
  const std::lock_guard lock(mutex_);
  status_.cpu = cpu_of_this_thread();
  status_.own_cpu = own_cpu_;
  state_ = RunState::kFinished;
  status_.state = state_;
  result_ = std::move(result);
}

}  // namespace shaketable::gui
