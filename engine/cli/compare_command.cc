#include <array>
#include <deque>
#include <optional>
#include <ostream>
#include <utility>

#include "engine/cli/cli.h"
#include "engine/cli/finished_run.h"
#include "engine/cli/interrupt.h"
#include "engine/cli/open_file.h"
#include "engine/cli/output_file.h"
#include "engine/cli/report_formats.h"
#include "engine/result/result_reader.h"
#include "engine/result/source_difference.h"
#include "reports/comparison_report.h"
#include "reports/html/comparison_page.h"

namespace shaketable::engine {
namespace {

class CompareSession {
 public:
  CompareSession(const CompareArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams) {}

  ExitCode run() {
    if (!load()) {
      return ExitCode::kUsage;
    }
    for (const std::string* output : {&arguments_.output, &arguments_.html}) {
      if (output->empty()) {
        continue;
      }
      if (const auto checked = check_output(*output, arguments_.files); !checked) {
        show_error(checked.error(), streams_);
        return ExitCode::kUsage;
      }
    }
    make_runs();
    if (InterruptGuard::is_interrupted() || !sides_[0] || !sides_[1]) {
      streams_.err << "shaketable: interrupted; there is nothing to compare\n";
      return ExitCode::kInterrupted;
    }
    return compare_sides();
  }

 private:
  // Either file is a result or a scenario that is run now.
  bool load() {
    bool good = true;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      const std::string& file = arguments_.files[i];
      if (is_result_file(file)) {
        auto loaded = load_result(file);
        if (!loaded) {
          show_error(loaded.error(), streams_);
          good = false;
          continue;
        }
        results_.push_back(std::move(*loaded));
        sides_[i] = judged(results_.back());
        continue;
      }
      auto loaded = load_scenarios({&file, 1},
                                   {.overrides = arguments_.overrides[i],
                                    .seed = arguments_.seed,
                                    .quiet = true,
                                    .color = arguments_.color},
                                   streams_);
      if (!loaded) {
        good = false;
        continue;
      }
      scenarios_.push_back(std::move(loaded->front()));
      side_of_scenario_.push_back(i);
    }
    return good;
  }

  void make_runs() {
    if (scenarios_.empty()) {
      return;
    }
    Progress progress(streams_.err, streams_.err_is_terminal, streams_.width);
    run_scenario_set(
        scenarios_, {.runs = arguments_.runs, .required = 0},
        {.jobs = arguments_.jobs, .progress = arguments_.no_progress ? nullptr : &progress},
        [this](std::size_t scenario, FinishedRun run) {
          sides_[side_of_scenario_[scenario]] = std::move(run);
          return true;
        });
  }

  // The same file twice is told apart by what was set.
  [[nodiscard]] std::string name_of_side(std::size_t i) const {
    std::string name = arguments_.files[i];
    if (arguments_.files[0] == arguments_.files[1]) {
      for (const std::string& text : arguments_.overrides[i]) {
        name += " --set " + text;
      }
    }
    return name;
  }

  ExitCode compare_sides() {
    RunComparison comparison =
        compare_runs(side_of(*sides_[0], name_of_side(0)), side_of(*sides_[1], name_of_side(1)),
                     {.importance = {}, .tolerances = arguments_.tolerances});
    SourceDifference difference = difference_of(*sides_[0]->source, *sides_[1]->source);
    comparison.configuration = std::move(difference.changes);
    comparison.configuration_left_out = difference.left_out;
    if (!write(comparison)) {
      return ExitCode::kRuntime;
    }
    return comparison.is_regression() && !arguments_.exit_zero ? ExitCode::kRegression
                                                               : ExitCode::kPassed;
  }

  bool write(const RunComparison& comparison) {
    const std::string& output = arguments_.output;
    // The page first: who reads the text from a pipe may have closed it.
    bool good = arguments_.html.empty() || put(arguments_.html, page_of(comparison));
    good = put(output, text_of(comparison, output.empty())) && good;
    if (arguments_.open && good) {
      open_file(arguments_.html.empty() ? output : arguments_.html, streams_);
    }
    return good;
  }

  bool put(const std::string& path, const std::string& text) {
    if (path.empty() || path == "-") {
      streams_.out << text << std::flush;
      return true;
    }
    if (const auto written = write_output(path, text); !written) {
      show_error(written.error(), streams_);
      return false;
    }
    return true;
  }

  [[nodiscard]] std::string page_of(const RunComparison& comparison) const {
    return reports::write_comparison_html(sides_[0]->report(), sides_[1]->report(), comparison,
                                          page_options(arguments_.page_megabytes));
  }

  [[nodiscard]] std::string text_of(const RunComparison& comparison, bool for_people) const {
    switch (arguments_.format) {
      case ComparisonFormat::kText:
        break;
      case ComparisonFormat::kMarkdown:
        return reports::comparison_markdown(comparison);
      case ComparisonFormat::kJson:
        return reports::comparison_json(comparison);
      case ComparisonFormat::kHtml:
        return page_of(comparison);
    }
    if (!for_people) {
      return reports::comparison_text(comparison, {});
    }
    return reports::comparison_text(
        comparison, {.color = wants_color(arguments_.color, streams_.out_is_terminal, streams_),
                     .width = streams_.width});
  }

  const CompareArguments& arguments_;
  const Streams& streams_;
  std::deque<LoadedResult> results_;  // Sides refer to them: they must not move.
  std::vector<LoadedScenario> scenarios_;
  std::vector<std::size_t> side_of_scenario_;
  std::array<std::optional<FinishedRun>, 2> sides_;
};

}  // namespace

ExitCode compare_files(const CompareArguments& arguments, const Streams& streams) {
  const InterruptGuard guard;
  return CompareSession(arguments, streams).run();
}

}  // namespace shaketable::engine
