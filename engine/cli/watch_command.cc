#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <ostream>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/cli/cli.h"
#include "engine/cli/interrupt.h"
#include "engine/cli/run_session.h"
#include "engine/formats/printable.h"
#include "reports/comparison_report.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

/// What a change of a file is seen by. Editors that write a new file and rename it change it, too.
struct FileState {
  std::filesystem::file_time_type written{};
  std::uintmax_t size = 0;
  bool is_there = false;

  friend bool operator==(const FileState&, const FileState&) = default;
};

using FileStates = std::map<std::string, FileState>;

FileStates states_of(const std::vector<std::string>& files) {
  FileStates states;
  for (const std::string& file : files) {
    std::error_code error;
    FileState state;
    state.written = std::filesystem::last_write_time(file, error);
    state.is_there = !error;
    state.size = state.is_there ? std::filesystem::file_size(file, error) : 0;
    states[file] = state;
  }
  return states;
}

/// A run of `--watch`: the first shows everything, later ones what the verdict has become.
class WatchedSession : public RunSession {
 public:
  WatchedSession(const RunArguments& arguments, const Streams& streams,
                 const WatchedSession* previous)
      : RunSession(arguments, streams), previous_(previous) {}

  [[nodiscard]] bool has_results() const { return !runs_.empty(); }

 protected:
  void show(std::size_t scenario, const FinishedRun& run) override {
    const FinishedRun* before = previous_ == nullptr ? nullptr : previous_->run_of(scenario);
    if (before == nullptr || arguments_.format != SummaryFormat::kText) {
      show_summary(scenario, run);
    } else {
      const RunComparison comparison =
          compare_runs(side_of(*before, "the run before"), side_of(run, "this run"), {});
      summary_stream() << reports::verdict_changes(
                              run.report(), comparison,
                              {.color = summary_has_color(), .width = streams_.width})
                       << std::flush;
    }
    runs_.resize(std::max(runs_.size(), scenario + 1));
    runs_[scenario] = run;
  }

 private:
  [[nodiscard]] const FinishedRun* run_of(std::size_t scenario) const {
    const bool known = scenario < runs_.size() && runs_[scenario].scenario != nullptr;
    return known ? &runs_[scenario] : nullptr;
  }

  const WatchedSession* previous_;
  std::vector<FinishedRun> runs_;
};

// False when Ctrl-C came first.
bool wait_for_change(const FileStates& before) {
  std::vector<std::string> files;
  for (const auto& [file, state] : before) {
    files.push_back(file);
  }
  FileStates seen = before;
  while (!InterruptGuard::is_interrupted()) {
    std::this_thread::sleep_for(100ms);
    FileStates now = states_of(files);
    // A file that is still being written is looked at again when it has come to rest.
    if (now != before && now == seen) {
      return true;
    }
    seen = std::move(now);
  }
  return false;
}

}  // namespace

ExitCode watch_scenarios(const RunArguments& arguments, const Streams& streams) {
  std::unique_ptr<WatchedSession> last;  // The last one with results.
  std::vector<std::string> known = arguments.files;
  while (true) {
    auto session = std::make_unique<WatchedSession>(arguments, streams, last.get());
    const FileStates started = states_of(known);
    const ExitCode code = session->run();
    // A scenario that cannot be read names fewer files: those of before stay.
    known.insert(known.end(), session->files_read().begin(), session->files_read().end());
    FileStates states = states_of(known);
    for (const auto& [file, state] : started) {
      states[file] = state;  // A change during the run must not be missed.
    }
    if (session->has_results()) {
      last = std::move(session);
    }
    if (InterruptGuard::is_interrupted()) {
      return code;
    }
    streams.err << "shaketable: waiting for a change of " << states.size()
                << (states.size() == 1 ? " file" : " files") << "; Ctrl-C ends\n"
                << std::flush;
    if (!wait_for_change(states)) {
      return code;  // The usual end of watching.
    }
  }
}

}  // namespace shaketable::engine
