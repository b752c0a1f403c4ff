#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/cli/arguments.h"
#include "engine/cli/exit_code.h"
#include "engine/cli/finished_run.h"
#include "engine/cli/scenario_set.h"
#include "engine/cli/streams.h"
#include "engine/result/result_reader.h"
#include "reports/html/index_page.h"

namespace shaketable::engine {

/// One carrying out of `run`: loads, tries the outputs, runs, judges, compares, writes. Needs an
/// InterruptGuard around it to end early in order.
class RunSession {
 public:
  RunSession(const RunArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams) {}
  RunSession(const RunSession&) = delete;
  RunSession& operator=(const RunSession&) = delete;
  virtual ~RunSession() = default;

  ExitCode run();

  /// Files that were looked at, for whoever waits for one of them to change.
  [[nodiscard]] const std::vector<std::string>& files_read() const { return files_read_; }
  [[nodiscard]] const std::vector<LoadedScenario>& scenarios() const { return scenarios_; }

 protected:
  /// Shows people what came of one scenario; nothing with --quiet.
  virtual void show(std::size_t scenario, const FinishedRun& run);

  void show_summary(std::size_t scenario, const FinishedRun& run);
  [[nodiscard]] std::ostream& summary_stream() const;
  [[nodiscard]] bool summary_has_color() const;

  const RunArguments& arguments_;
  const Streams& streams_;

 private:
  // Where the results of one scenario go; empty = nowhere.
  struct Outputs {
    std::string json, html, junit;
  };

  bool load();
  bool load_baselines();
  bool plan_outputs();
  bool make_folder(const std::string& path);
  [[nodiscard]] std::string index_path() const;
  void plan_out_dir(std::vector<std::string>& paths);
  void finish(std::size_t scenario, FinishedRun run);
  void compare_with_baseline(std::size_t scenario, FinishedRun& run);
  void export_run(const FinishedRun& run);
  [[nodiscard]] bool keeps_verdicts() const;
  [[nodiscard]] bool wants_annotations() const;
  void keep_verdict(FinishedRun run);
  void write_shared();
  void append_step_summary(const std::string& text);
  template <class Make>
  void write(const std::string& path, Make&& make);
  void say(const std::string& text) const;

  struct Baseline {
    std::string name;
    LoadedResult result;
  };

  std::vector<LoadedScenario> scenarios_;
  std::vector<std::string> files_read_;
  std::vector<Baseline> baselines_;
  std::vector<std::size_t> baseline_of_;    ///< By scenario, into `baselines_`.
  std::vector<Outputs> outputs_;            ///< Of --json and --html, by scenario.
  std::vector<Outputs> in_out_dir_;         ///< By scenario; empty without --out-dir.
  std::vector<reports::IndexEntry> index_;  ///< Of what is in the folder.
  std::vector<FinishedRun> kept_;           ///< Without series, for texts about all runs.
  bool data_on_out_ = false;
  ExitCode code_ = ExitCode::kPassed;
};

}  // namespace shaketable::engine
