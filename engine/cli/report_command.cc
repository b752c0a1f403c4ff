#include <deque>
#include <ostream>
#include <vector>

#include "engine/cli/cli.h"
#include "engine/cli/finished_run.h"
#include "engine/cli/open_file.h"
#include "engine/cli/output_file.h"
#include "engine/cli/report_formats.h"
#include "engine/result/result_reader.h"
#include "reports/junit_report.h"
#include "reports/text_report.h"

namespace shaketable::engine {
namespace {

class ReportSession {
 public:
  ReportSession(const ReportArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams) {}

  ExitCode run() {
    if (!load()) {
      return ExitCode::kUsage;
    }
    const std::string& output = arguments_.output;
    if (output.empty() || output == "-") {
      streams_.out << text(output.empty());
      return ExitCode::kPassed;
    }
    if (const auto checked = check_output(output); !checked) {
      show_error(checked.error(), streams_);
      return ExitCode::kUsage;
    }
    if (const auto written = write_output(output, text(false)); !written) {
      show_error(written.error(), streams_);
      return ExitCode::kRuntime;
    }
    if (arguments_.open) {
      open_file(output, streams_);
    }
    return ExitCode::kPassed;
  }

 private:
  // All files are read before anything is written, so that all mistakes come at once.
  bool load() {
    bool good = true;
    for (const std::string& file : arguments_.files) {
      auto loaded = load_result(file);
      if (!loaded) {
        show_error(loaded.error(), streams_);
        good = false;
        continue;
      }
      results_.push_back(std::move(*loaded));
      runs_.push_back(judged(results_.back()));
    }
    return good;
  }

  // What a terminal gets may have its width and colours; a file is the same wherever it is written.
  [[nodiscard]] std::string text(bool for_people) const {
    std::vector<reports::Report> all;
    for (const FinishedRun& run : runs_) {
      all.push_back(run.report());
    }
    if (arguments_.format == "junit") {
      return reports::junit_report(all);
    }
    std::string out;
    for (const reports::Report& report : all) {
      out += out.empty() ? "" : "\n";
      if (for_people && arguments_.format == "text") {
        const bool color = wants_color(arguments_.color, streams_.out_is_terminal, streams_);
        out += reports::text_report(report, {.color = color, .width = streams_.width});
      } else {
        out += find_format(arguments_.format)->write(report);
      }
    }
    return out;
  }

  const ReportArguments& arguments_;
  const Streams& streams_;
  std::deque<LoadedResult> results_;  // Runs refer to them: they must not move.
  std::vector<FinishedRun> runs_;
};

}  // namespace

ExitCode report_results(const ReportArguments& arguments, const Streams& streams) {
  return ReportSession(arguments, streams).run();
}

}  // namespace shaketable::engine
