#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <set>
#include <system_error>
#include <utility>

#include "engine/cli/cli.h"
#include "engine/cli/interrupt.h"
#include "engine/cli/open_file.h"
#include "engine/cli/output_file.h"
#include "engine/cli/report_formats.h"
#include "engine/cli/run_session.h"
#include "engine/formats/printable.h"
#include "engine/result/source_difference.h"
#include "reports/ci_reports.h"
#include "reports/exports/ndjson.h"
#include "reports/html/html_report.h"
#include "reports/json_result.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/text_report.h"

namespace shaketable::engine {

ExitCode RunSession::run() {
  if (!load() || !load_baselines() || !plan_outputs()) {
    return ExitCode::kUsage;
  }
  Progress progress(streams_.err, streams_.err_is_terminal, streams_.width);
  const bool silent = arguments_.quiet || arguments_.no_progress;
  const auto begin = std::chrono::steady_clock::now();
  const bool has_page =
      !arguments_.html.empty() || !arguments_.json.empty() || !arguments_.out_dir.empty();
  run_scenario_set(scenarios_, {.runs = arguments_.runs, .required = arguments_.runs_required},
                   {.jobs = arguments_.jobs,
                    .progress = silent ? nullptr : &progress,
                    .traces = traces_for(arguments_.exports, has_page)},
                   [this](std::size_t scenario, FinishedRun run) {
                     finish(scenario, std::move(run));
                     return code_ != ExitCode::kRuntime;
                   });
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  say("all runs took " + std::to_string(elapsed.count()) + " ms of real time");
  write_shared();
  if (InterruptGuard::is_interrupted()) {
    streams_.err << "shaketable: interrupted; the result so far is complete up to that moment\n";
    code_ = worse(code_, ExitCode::kInterrupted);
  }
  if (arguments_.open && code_ != ExitCode::kRuntime) {
    open_file(arguments_.html, streams_);
  }
  return code_;
}

bool RunSession::load() {
  auto loaded = load_scenarios(arguments_.files,
                               {.overrides = arguments_.overrides,
                                .seed = arguments_.seed,
                                .quiet = arguments_.quiet,
                                .color = arguments_.color},
                               streams_, &files_read_);
  if (!loaded) {
    return false;
  }
  scenarios_ = std::move(*loaded);
  for (const LoadedScenario& it : scenarios_) {
    say(it.scenario.name + ": " + std::to_string(it.scenario.mesh.services.size()) + " services, " +
        std::to_string(it.scenario.expectations.size()) + " expectations, seed " +
        std::to_string(it.scenario.run.seed) + ", from " + std::to_string(it.source.files.size()) +
        " files");
  }
  return true;
}

// Several scenarios find theirs by name; one takes the one that there is.
bool RunSession::load_baselines() {
  bool good = true;
  for (const std::string& file : arguments_.baselines) {
    auto loaded = load_result(file);
    if (!loaded) {
      show_error(loaded.error(), streams_);
      good = false;
      continue;
    }
    baselines_.push_back({.name = file, .result = std::move(*loaded)});
  }
  if (!good || baselines_.empty()) {
    return good;
  }
  for (const LoadedScenario& it : scenarios_) {
    const auto found =
        scenarios_.size() == 1 && baselines_.size() == 1
            ? baselines_.begin()
            : std::find_if(baselines_.begin(), baselines_.end(), [&it](const Baseline& baseline) {
                return baseline.result.scenario.name == it.scenario.name;
              });
    if (found == baselines_.end()) {
      show_error({.message = "no baseline is of the scenario " + quoted(it.scenario.name, 100),
                  .where = it.source.file},
                 streams_);
      good = false;
    }
    baseline_of_.push_back(static_cast<std::size_t>(found - baselines_.begin()));
  }
  return good;
}

// Decides every path and finds out now what could not be written later.
bool RunSession::plan_outputs() {
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
    if (const auto checked = check_output(path, files_read_); !checked) {
      show_error(checked.error(), streams_);
      return false;
    }
  }
  data_on_out_ = std::find(paths.begin(), paths.end(), "-") != paths.end();
  return true;
}

bool RunSession::make_folder(const std::string& path) {
  std::error_code error;
  if (path.empty() || std::filesystem::is_directory(path, error)) {
    return true;
  }
  std::filesystem::create_directories(path, error);
  if (error && !std::filesystem::is_directory(path)) {
    show_error({.message = "cannot make the folder: " + error.message(), .where = path}, streams_);
    return false;
  }
  return true;
}

// Two scenarios of one name must not write over each other.
void RunSession::plan_out_dir(std::vector<std::string>& paths) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < scenarios_.size(); ++i) {
    const Scenario& scenario = scenarios_[i].scenario;
    const std::string base =
        file_name_part(scenario.name) + '-' + std::to_string(scenario.run.seed);
    std::string name = base;
    for (int n = 2; !taken.insert(name).second; ++n) {
      name = base + '-' + std::to_string(n);
    }
    const std::string path = (std::filesystem::path(arguments_.out_dir) / name).string();
    in_out_dir_.push_back({.json = path + ".json", .html = path + ".html", .junit = path + ".xml"});
    paths.insert(paths.end(), {in_out_dir_[i].json, in_out_dir_[i].html, in_out_dir_[i].junit});
  }
  paths.push_back(index_path());
}

std::string RunSession::index_path() const {
  return (std::filesystem::path(arguments_.out_dir) / "index.html").string();
}

void RunSession::compare_with_baseline(std::size_t scenario, FinishedRun& run) {
  if (baseline_of_.empty()) {
    return;
  }
  const Baseline& baseline = baselines_[baseline_of_[scenario]];
  const FinishedRun before = judged(baseline.result);
  run.comparison =
      compare_runs(side_of(before, baseline.name), side_of(run, scenarios_[scenario].source.file),
                   {.importance = {}, .tolerances = arguments_.tolerances});
  SourceDifference difference = difference_of(*before.source, *run.source);
  run.comparison->configuration = std::move(difference.changes);
  run.comparison->configuration_left_out = difference.left_out;
}

void RunSession::finish(std::size_t scenario, FinishedRun run) {
  compare_with_baseline(scenario, run);
  if (!arguments_.quiet) {
    show(scenario, run);
  }
  const reports::Report report = run.report();
  write(outputs_[scenario].json, [&] { return reports::json_result(report); });
  const reports::HtmlOptions page = page_options(arguments_.page_megabytes);
  write(outputs_[scenario].html, [&] { return reports::write_html(report, page); });
  if (!in_out_dir_.empty()) {
    const Outputs& outputs = in_out_dir_[scenario];
    write(outputs.json, [&] { return reports::json_result(report); });
    write(outputs.html, [&] { return reports::write_html(report, page); });
    write(outputs.junit, [&] { return reports::junit_report({&report, 1}); });
    index_.push_back(
        reports::index_entry(report, std::filesystem::path(outputs.html).filename().string()));
  }
  export_run(run);
  if (!arguments_.exit_zero) {
    code_ = run.passed() ? code_ : worse(code_, ExitCode::kExpectationFailed);
    const bool is_worse = run.comparison && run.comparison->is_regression();
    code_ = is_worse ? worse(code_, ExitCode::kRegression) : code_;
  }
  if (keeps_verdicts()) {
    keep_verdict(std::move(run));
  }
}

void RunSession::export_run(const FinishedRun& run) {
  const auto exported = write_exports(arguments_.exports, run.report(),
                                      [this](const std::string& path, const std::string& text) {
                                        write(path, [&] { return text; });
                                      });
  if (!exported) {
    show_error(exported.error(), streams_);
    code_ = worse(code_, ExitCode::kRuntime);
  }
}

// One text about all runs is written at the end.
bool RunSession::keeps_verdicts() const {
  return !arguments_.junit.empty() || !arguments_.exports.code_quality.empty() ||
         wants_annotations();
}

bool RunSession::wants_annotations() const {
  return arguments_.annotations == AnnotationChoice::kGithub ||
         (arguments_.annotations == AnnotationChoice::kAuto && streams_.is_github);
}

// Those texts need no series, and a batch may be long.
void RunSession::keep_verdict(FinishedRun run) {
  RunRecord slim;
  slim.seed = run.record.seed;
  slim.ended = run.record.ended;
  slim.interrupted = run.record.interrupted;
  slim.fingerprint = run.record.fingerprint;
  run.record = std::move(slim);
  kept_.push_back(std::move(run));
}

void RunSession::write_shared() {
  if (!index_.empty()) {
    write(index_path(), [&] { return reports::write_index_html(index_); });
  }
  if (!keeps_verdicts()) {
    return;
  }
  std::vector<reports::Report> all;
  for (const FinishedRun& run : kept_) {
    all.push_back(run.report());
  }
  write(arguments_.junit, [&] { return reports::junit_report(all); });
  write(arguments_.exports.code_quality, [&] { return reports::gitlab_code_quality(all); });
  if (wants_annotations()) {
    summary_stream() << reports::github_annotations(all);
    append_step_summary(reports::github_step_summary(all));
  }
}

// Other programs of the same step may have written to the file before.
void RunSession::append_step_summary(const std::string& text) {
  const std::string& path = streams_.github_step_summary;
  if (path.empty()) {
    return;
  }
  std::ofstream file(path, std::ios::app);
  file << text << std::flush;
  if (!file) {
    show_error({.message = "cannot write the step's summary", .where = path}, streams_);
    code_ = worse(code_, ExitCode::kRuntime);
  }
}

template <class Make>
void RunSession::write(const std::string& path, Make&& make) {
  if (path.empty()) {
    return;
  }
  if (path == "-") {
    streams_.out << make() << std::flush;
    return;
  }
  const std::string text = make();
  if (const auto written = write_output(path, text); !written) {
    show_error(written.error(), streams_);
    code_ = worse(code_, ExitCode::kRuntime);
    return;
  }
  say("wrote " + path + ", " + std::to_string(text.size()) + " bytes");
}

void RunSession::say(const std::string& text) const {
  if (arguments_.verbose) {
    streams_.err << "shaketable: " << printable(text, 600) << '\n';
  }
}

void RunSession::show(std::size_t scenario, const FinishedRun& run) { show_summary(scenario, run); }

// When data goes to standard output, the summary steps aside.
std::ostream& RunSession::summary_stream() const {
  return data_on_out_ ? streams_.err : streams_.out;
}

bool RunSession::summary_has_color() const {
  return wants_color(arguments_.color,
                     data_on_out_ ? streams_.err_is_terminal : streams_.out_is_terminal, streams_);
}

void RunSession::show_summary(std::size_t scenario, const FinishedRun& run) {
  std::ostream& out = summary_stream();
  const char* gap = scenario > 0 ? "\n" : "";
  switch (arguments_.format) {
    case SummaryFormat::kText:
      out << gap
          << reports::text_report(run.report(),
                                  {.color = summary_has_color(), .width = streams_.width});
      break;
    case SummaryFormat::kJson:
      out << reports::json_result(run.report());
      break;
    case SummaryFormat::kNdjson:
      out << reports::ndjson(run.report());
      break;
    case SummaryFormat::kMarkdown:
      out << gap << reports::markdown_report(run.report());
      break;
  }
  out << std::flush;
}

ExitCode run_scenarios(const RunArguments& arguments, const Streams& streams) {
  const InterruptGuard guard;
  if (arguments.watch) {
    return watch_scenarios(arguments, streams);
  }
  return RunSession(arguments, streams).run();
}

}  // namespace shaketable::engine
