#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <set>
#include <system_error>

#include "engine/cli/cli.h"
#include "engine/cli/interrupt.h"
#include "engine/cli/output_file.h"
#include "engine/cli/run_batch.h"
#include "engine/formats/diagnostic.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader.h"
#include "engine/judge/judge.h"
#include "reports/ci_reports.h"
#include "reports/exports/ndjson.h"
#include "reports/html/html_report.h"
#include "reports/json_result.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/text_report.h"

namespace shaketable::engine {
namespace {

// A word as a shell takes it: as it is when nothing in it is special, else in single quotes.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,%+@";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

// Where the results of one scenario go; empty = nowhere.
struct Outputs {
  std::string json, html, junit;
};

class RunSession {
 public:
  RunSession(const RunArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams) {}

  ExitCode run() {
    if (!load() || !plan_outputs()) {
      return ExitCode::kUsage;
    }
    const InterruptGuard guard;
    Progress progress(streams_.err, streams_.err_is_terminal, streams_.width);
    const bool silent = arguments_.quiet || arguments_.no_progress;
    std::vector<RunTask> tasks;
    for (const Scenario& scenario : scenarios_) {
      tasks.push_back({.scenario = &scenario, .seed = scenario.run.seed});
    }
    const bool has_page =
        !arguments_.html.empty() || !arguments_.json.empty() || !arguments_.out_dir.empty();
    run_batch(tasks,
              {.jobs = arguments_.jobs,
               .progress = silent ? nullptr : &progress,
               .traces = traces_for(arguments_.exports, has_page)},
              [this](std::size_t task, RunRecord record) {
                finish_run(task, std::move(record));
                return code_ != ExitCode::kRuntime;
              });
    write_shared();
    if (InterruptGuard::is_interrupted()) {
      streams_.err << "shaketable: interrupted; the result so far is complete up to that moment\n";
      code_ = worse(code_, ExitCode::kInterrupted);
    }
    return code_;
  }

 private:
  // All files are read before anything runs, so that all mistakes come at once.
  bool load() {
    const bool color = wants_color(arguments_.color, streams_.err_is_terminal, streams_);
    bool good = true;
    for (const std::string& file : arguments_.files) {
      Diagnostics diagnostics;
      auto scenario = load_scenario(file, arguments_.overrides, diagnostics);
      if (!arguments_.quiet || !scenario) {
        streams_.err << render(diagnostics, color);
      }
      if (!scenario) {
        good = false;
        continue;
      }
      scenario->run.seed = arguments_.seed.value_or(scenario->run.seed);
      scenarios_.push_back(std::move(*scenario));
    }
    return good;
  }

  // Decides every path and finds out now what could not be written later.
  bool plan_outputs() {
    outputs_.resize(scenarios_.size());
    if (!outputs_.empty()) {
      outputs_.front().json = arguments_.json;
      outputs_.front().html = arguments_.html;
    }
    std::vector<std::string> paths{arguments_.json, arguments_.html, arguments_.junit};
    const std::vector<std::string> exports = arguments_.exports.paths();
    paths.insert(paths.end(), exports.begin(), exports.end());
    if (!make_folder(arguments_.exports.csv)) {
      return false;
    }
    if (!arguments_.out_dir.empty()) {
      if (!make_folder(arguments_.out_dir)) {
        return false;
      }
      plan_out_dir(paths);
    }
    for (const std::string& path : paths) {
      if (path.empty()) {
        continue;
      }
      if (const auto checked = check_output(path); !checked) {
        report(checked.error());
        return false;
      }
    }
    data_on_out_ = std::find(paths.begin(), paths.end(), "-") != paths.end();
    return true;
  }

  bool make_folder(const std::string& path) {
    std::error_code error;
    if (path.empty() || std::filesystem::is_directory(path, error)) {
      return true;
    }
    std::filesystem::create_directories(path, error);
    if (error && !std::filesystem::is_directory(path)) {
      report({.message = "cannot make the folder: " + error.message(), .where = path});
      return false;
    }
    return true;
  }

  // Two scenarios of one name must not write over each other.
  void plan_out_dir(std::vector<std::string>& paths) {
    std::set<std::string> taken;
    for (std::size_t i = 0; i < scenarios_.size(); ++i) {
      const std::string base =
          file_name_part(scenarios_[i].name) + '-' + std::to_string(scenarios_[i].run.seed);
      std::string name = base;
      for (int n = 2; !taken.insert(name).second; ++n) {
        name = base + '-' + std::to_string(n);
      }
      const std::string path = (std::filesystem::path(arguments_.out_dir) / name).string();
      in_out_dir_.push_back(
          {.json = path + ".json", .html = path + ".html", .junit = path + ".xml"});
      paths.insert(paths.end(), {in_out_dir_[i].json, in_out_dir_[i].html, in_out_dir_[i].junit});
    }
  }

  void finish_run(std::size_t task, RunRecord record) {
    const Scenario& scenario = scenarios_[task];
    const Verdict verdict = judge(scenario, record);
    const reports::Report report{
        .scenario = scenario, .record = record, .verdict = verdict, .command = command_for(task)};
    print_summary(report, task > 0);
    write(outputs_[task].json, [&] { return reports::json_result(report); });
    write(outputs_[task].html, [&] { return reports::write_html(report); });
    if (!in_out_dir_.empty()) {
      write(in_out_dir_[task].json, [&] { return reports::json_result(report); });
      write(in_out_dir_[task].html, [&] { return reports::write_html(report); });
      write(in_out_dir_[task].junit, [&] { return reports::junit_report({&report, 1}); });
    }
    const auto exported = write_exports(arguments_.exports, report,
                                        [this](const std::string& path, const std::string& text) {
                                          write(path, [&] { return text; });
                                        });
    if (!exported) {
      this->report(exported.error());
      code_ = worse(code_, ExitCode::kRuntime);
    }
    if (!verdict.passed && !arguments_.exit_zero) {
      code_ = worse(code_, ExitCode::kExpectationFailed);
    }
    if (keeps_verdicts()) {
      keep_verdict(scenario, record, verdict, report.command);
    }
  }

  // One text about all runs is written at the end.
  [[nodiscard]] bool keeps_verdicts() const {
    return !arguments_.junit.empty() || !arguments_.exports.code_quality.empty() ||
           wants_annotations();
  }

  [[nodiscard]] bool wants_annotations() const {
    return arguments_.annotations == AnnotationChoice::kGithub ||
           (arguments_.annotations == AnnotationChoice::kAuto && streams_.is_github);
  }

  // Those texts need no series, and a batch may be long.
  void keep_verdict(const Scenario& scenario, RunRecord& record, const Verdict& verdict,
                    const std::string& command) {
    RunRecord slim;
    slim.seed = record.seed;
    slim.ended = record.ended;
    slim.interrupted = record.interrupted;
    slim.fingerprint = record.fingerprint;
    kept_.push_back(
        {.scenario = &scenario, .record = std::move(slim), .verdict = verdict, .command = command});
  }

  void write_shared() {
    if (!keeps_verdicts()) {
      return;
    }
    std::vector<reports::Report> all;
    for (const Kept& it : kept_) {
      all.push_back({.scenario = *it.scenario,
                     .record = it.record,
                     .verdict = it.verdict,
                     .command = it.command});
    }
    write(arguments_.junit, [&] { return reports::junit_report(all); });
    write(arguments_.exports.code_quality, [&] { return reports::gitlab_code_quality(all); });
    if (wants_annotations()) {
      (data_on_out_ ? streams_.err : streams_.out) << reports::github_annotations(all);
      append_step_summary(reports::github_step_summary(all));
    }
  }

  // Other programs of the same step may have written to the file before.
  void append_step_summary(const std::string& text) {
    const std::string& path = streams_.github_step_summary;
    if (path.empty()) {
      return;
    }
    std::ofstream file(path, std::ios::app);
    file << text << std::flush;
    if (!file) {
      report({.message = "cannot write the step's summary", .where = path});
      code_ = worse(code_, ExitCode::kRuntime);
    }
  }

  template <class Make>
  void write(const std::string& path, Make&& make) {
    if (path.empty()) {
      return;
    }
    if (path == "-") {
      streams_.out << make() << std::flush;
      return;
    }
    if (const auto written = write_output(path, make()); !written) {
      report(written.error());
      code_ = worse(code_, ExitCode::kRuntime);
    }
  }

  // When data goes to standard output, the summary steps aside.
  void print_summary(const reports::Report& report, bool separate) {
    if (arguments_.quiet) {
      return;
    }
    std::ostream& out = data_on_out_ ? streams_.err : streams_.out;
    const bool is_terminal = data_on_out_ ? streams_.err_is_terminal : streams_.out_is_terminal;
    switch (arguments_.format) {
      case SummaryFormat::kText:
        out << (separate ? "\n" : "")
            << reports::text_report(report,
                                    {.color = wants_color(arguments_.color, is_terminal, streams_),
                                     .width = streams_.width});
        break;
      case SummaryFormat::kJson:
        out << reports::json_result(report);
        break;
      case SummaryFormat::kNdjson:
        out << reports::ndjson(report);
        break;
      case SummaryFormat::kMarkdown:
        out << (separate ? "\n" : "") << reports::markdown_report(report);
        break;
    }
    out << std::flush;
  }

  // Names the file as it was given, so that the line works where this one did.
  [[nodiscard]] std::string command_for(std::size_t task) const {
    std::string command = "shaketable run " + shell_word(scenarios_[task].file) + " --seed " +
                          std::to_string(scenarios_[task].run.seed);
    for (const std::string& override_text : arguments_.overrides) {
      command += " --set " + shell_word(override_text);
    }
    return command;
  }

  void report(const proxy::Error& error) {
    streams_.err << "shaketable: " << printable(error.where, 300) << ": " << error.message;
    if (!error.expected.empty()) {
      streams_.err << " (expected " << error.expected << ')';
    }
    streams_.err << '\n';
  }

  struct Kept {
    const Scenario* scenario;
    RunRecord record;
    Verdict verdict;
    std::string command;
  };

  const RunArguments& arguments_;
  const Streams& streams_;
  std::vector<Scenario> scenarios_;
  std::vector<Outputs> outputs_;     ///< Of --json and --html, by scenario.
  std::vector<Outputs> in_out_dir_;  ///< By scenario; empty without --out-dir.
  std::vector<Kept> kept_;
  bool data_on_out_ = false;
  ExitCode code_ = ExitCode::kPassed;
};

}  // namespace

ExitCode run_scenarios(const RunArguments& arguments, const Streams& streams) {
  return RunSession(arguments, streams).run();
}

}  // namespace shaketable::engine
