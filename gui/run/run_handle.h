#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

#include "gui/run/run_history.h"
#include "gui/run/session.h"
#include "gui/run/stop_rule.h"

namespace shaketable::gui {

enum class RunState : std::uint8_t {
  kPaused,    ///< At the start, after a step, wherever it was stopped.
  kRunning,   ///< Playing at some speed, or as fast as it goes.
  kJudging,   ///< The run is over; its verdict is being made.
  kFinished,  ///< `result()` is there.
  kFailed,    ///< The program could not go on with it; `RunStatus::problem` says why and where.
};

/// Where a run is.
struct RunStatus {
  RunState state = RunState::kPaused;
  engine::Instant now{};
  engine::Instant end{};
  std::uint64_t events = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t pending_events = 0;  ///< Planned, and have not happened yet.
  std::uint64_t fingerprint = 0;
  std::uint64_t acts = 0;         ///< Faults that were let happen, and stops.
  std::uint64_t rules_met = 0;    ///< Times that a rule of `run_until` has paused it.
  double events_per_second = 0;   ///< Of real time, lately.
  double seconds_per_second = 0;  ///< Virtual per real, lately.
  std::uint64_t generation = 0;   ///< Another one: the run was made again from its start.
  std::uint64_t analyses = 0;     ///< Previews that were made.
  std::chrono::nanoseconds analysis_took{0};  ///< Real time of the last one.
  std::chrono::nanoseconds cpu{0};            ///< That the run's thread has used so far.
  /// Of that, for the run and its verdict. What is left, others who look at it have taken.
  std::chrono::nanoseconds own_cpu{0};
  std::string problem;  ///< What the last command failed by; empty when it did not.
};

/// A run in a thread of its own. The window gives commands, which are carried out in their order
/// and soon, and fetches what is new whenever it likes: the run never waits for a window, and the
/// window never touches the simulation.
///
/// Commands and queries may come from any one thread. The destructor gives the run up.
class RunHandle {
 public:
  static constexpr double kAsFastAsItGoes = 0;

  explicit RunHandle(std::shared_ptr<const engine::LoadedScenario> scenario);
  ~RunHandle();
  RunHandle(const RunHandle&) = delete;
  RunHandle& operator=(const RunHandle&) = delete;

  /// Runs on; `seconds_per_second` virtual seconds take a real one.
  void play(double seconds_per_second);
  /// Runs on as fast as it goes until the rule is met, and pauses there.
  void run_until(StopRule rule);
  void run_until(engine::Instant at) { run_until(StopRule{.at = at}); }
  void pause();
  void step(std::uint64_t events);
  void act(Act act);
  void stop_faults();
  /// Lets what was recorded so far be judged; `preview()` has it soon. The run waits for that.
  void analyse();
  /// Ends the run where it is; it is judged as far as it came.
  void finish();

  [[nodiscard]] RunStatus status() const;
  /// Moves what is new behind what `history` has; true when there was something. After a change of
  /// generation `history` begins anew. `generation` is the caller's, of its last fetch.
  bool fetch(RunHistory& history, std::uint64_t& generation);
  /// The scenario with everything that was done to the run so far.
  [[nodiscard]] std::shared_ptr<const engine::LoadedScenario> scenario() const;
  /// The newest judgement of the run while it goes on; null before the first, and after a change of
  /// generation.
  [[nodiscard]] std::shared_ptr<const RunResult> preview() const;
  /// Null until the state is kFinished.
  [[nodiscard]] std::shared_ptr<const RunResult> result() const;

 private:
  struct Play {
    double speed = kAsFastAsItGoes;
    StopRule until;
  };
  struct Pause {};
  struct Step {
    std::uint64_t events = 1;
  };
  struct StopFaults {};
  struct Analyse {};
  struct Finish {};
  using Command = std::variant<Play, Pause, Step, Act, StopFaults, Analyse, Finish>;
  using RealClock = std::chrono::steady_clock;

  void post(Command command);
  void work();
  void go_on();
  /// Whether nothing can happen to it any more.
  [[nodiscard]] bool is_left() const {
    return state_ == RunState::kFinished || state_ == RunState::kFailed;
  }
  bool carry_out_commands();
  void carry_out(const Command& command);
  void note(const proxy::Result<void>& result);
  void advance();
  void begin_playing(const Play& play);
  void go_on_playing();
  bool run_slice(engine::Instant end);
  bool run_to(engine::Instant end);
  void publish();
  void measure_speed();
  void make_preview();
  void judge();
  void fail(const char* why);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Command> commands_;  // Under the mutex, as the next six.
  bool must_end_ = false;
  RunStatus status_;
  RunHistory fresh_;                                        ///< What nobody has fetched yet.
  std::shared_ptr<const engine::LoadedScenario> scenario_;  ///< With the acts.
  std::shared_ptr<const RunResult> preview_;
  std::shared_ptr<const RunResult> result_;

  // The thread's own.
  Session session_;
  RunState state_ = RunState::kPaused;
  double speed_ = kAsFastAsItGoes;
  StopWatch watch_;
  RealClock::time_point played_since_{};
  engine::Instant played_from_{};
  engine::Duration slice_ = std::chrono::milliseconds(1);
  RealClock::time_point measured_at_{};
  std::uint64_t measured_events_ = 0;
  engine::Instant measured_now_{};
  std::chrono::nanoseconds own_cpu_{0};
  bool finish_asked_ = false;
  std::atomic<bool> has_commands_ = false;
  std::thread thread_;
};

}  // namespace shaketable::gui
