#include <deque>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <vector>

#include "engine/cli/cli.h"
#include "engine/cli/finished_run.h"
#include "engine/cli/open_file.h"
#include "engine/cli/output_file.h"
#include "engine/cli/report_formats.h"
#include "engine/result/result_reader.h"
#include "reports/ci_reports.h"
#include "reports/junit_report.h"
#include "reports/text_report.h"

namespace shaketable::engine {
namespace {

class ReportSession {
 public:
  ReportSession(const ReportArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams) {}

  ExitCode run() {
    if (!load() || !try_outputs()) {
      return ExitCode::kUsage;
    }
    const std::string& output = arguments_.output;
    const bool has_exports = !arguments_.exports.paths().empty();
    if (!output.empty()) {
      write(output, text(false));
    } else if (!has_exports) {
      streams_.out << text(true);
    }
    if (has_exports) {
      export_all();
    }
    if (arguments_.open && code_ == ExitCode::kPassed) {
      open_file(output, streams_);
    }
    return code_;
  }

 private:
  bool try_outputs() {
    std::vector<std::string> paths = arguments_.exports.paths();
    paths.push_back(arguments_.output);
    if (!arguments_.exports.csv.empty()) {
      std::error_code error;
      std::filesystem::create_directories(arguments_.exports.csv, error);
    }
    for (const std::string& path : paths) {
      if (const auto checked = check_output(path, arguments_.files); !path.empty() && !checked) {
        show_error(checked.error(), streams_);
        return false;
      }
    }
    return true;
  }

  void write(const std::string& path, const std::string& content) {
    if (path == "-") {
      streams_.out << content << std::flush;
    } else if (const auto written = write_output(path, content); !written) {
      show_error(written.error(), streams_);
      code_ = ExitCode::kRuntime;
    }
  }

  void export_all() {
    const auto to = [this](const std::string& path, const std::string& content) {
      write(path, content);
    };
    const reports::Report report = runs_.front().report();
    if (const auto exported = write_exports(arguments_.exports, report, to); !exported) {
      show_error(exported.error(), streams_);
      code_ = ExitCode::kRuntime;
    }
    if (const std::string& path = arguments_.exports.code_quality; !path.empty()) {
      write(path, reports::gitlab_code_quality({&report, 1}));
    }
  }

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
      out += out.empty() || arguments_.format == "ndjson" ? "" : "\n";
      if (for_people && arguments_.format == "text") {
        const bool color = wants_color(arguments_.color, streams_.out_is_terminal, streams_);
        out += reports::text_report(report, {.color = color, .width = streams_.width});
      } else {
        out +=
            find_format(arguments_.format)->write(report, page_options(arguments_.page_megabytes));
      }
    }
    return out;
  }

  const ReportArguments& arguments_;
  const Streams& streams_;
  std::deque<LoadedResult> results_;  // Runs refer to them: they must not move.
  std::vector<FinishedRun> runs_;
  ExitCode code_ = ExitCode::kPassed;
};

}  // namespace

ExitCode report_results(const ReportArguments& arguments, const Streams& streams) {
  return ReportSession(arguments, streams).run();
}

}  // namespace shaketable::engine
