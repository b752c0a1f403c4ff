#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <utility>

#include "engine/cli/capacity_report.h"
#include "engine/cli/capacity_trial.h"
#include "engine/cli/cli.h"
#include "engine/cli/interrupt.h"
#include "engine/cli/output_file.h"
#include "engine/cli/run_batch.h"
#include "engine/formats/diagnostic.h"
#include "engine/formats/load_file.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader.h"
#include "engine/judge/judge.h"
#include "loadgen/core/capacity_search.h"

namespace shaketable::engine {
namespace {

class CapacityRun {
 public:
  CapacityRun(const CapacityArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams) {}

  ExitCode run() {
    if (!load() || !find_load() || !read_objectives() || !check_json()) {
      return ExitCode::kUsage;
    }
    const InterruptGuard guard;
    search();
    return report();
  }

 private:
  bool load() {
    Diagnostics diagnostics;
    auto scenario = load_scenario(arguments_.file, arguments_.overrides, diagnostics);
    if (!arguments_.quiet || !scenario) {
      streams_.err << render(diagnostics,
                             wants_color(arguments_.color, streams_.err_is_terminal, streams_));
    }
    if (!scenario) {
      return false;
    }
    scenario_ = std::move(*scenario);
    seed_ = arguments_.seed.value_or(scenario_.run.seed);
    return true;
  }

  bool find_load() {
    std::vector<std::string_view> names;
    for (std::uint32_t l = 0; l < scenario_.loads.size(); ++l) {
      names.emplace_back(scenario_.loads[l].name);
      if (scenario_.loads[l].name == arguments_.load) {
        result_.load = l;
      }
    }
    if (scenario_.loads.empty()) {
      return fail("the scenario has no load that could grow");
    }
    if (arguments_.load.empty() || result_.load != kNone) {
      return true;
    }
    const std::string nearest = nearest_name(arguments_.load, names);
    return fail("no load is named " + engine::quoted(arguments_.load) +
                (nearest.empty() ? "" : "; did you mean " + engine::quoted(nearest) + "?"));
  }

  bool read_objectives() {
    Diagnostics diagnostics;
    objectives_ = parse_thresholds("--slo", arguments_.objectives, diagnostics);
    if (diagnostics.has_errors()) {
      streams_.err << render(diagnostics,
                             wants_color(arguments_.color, streams_.err_is_terminal, streams_));
      return false;
    }
    if (arguments_.objectives.empty()) {
      for (std::uint32_t l = 0; l < scenario_.loads.size(); ++l) {
        if (result_.load == kNone || result_.load == l) {
          const auto& own = scenario_.loads[l].thresholds;
          objectives_.insert(objectives_.end(), own.begin(), own.end());
        }
      }
    }
    for (const loadgen::Threshold& objective : objectives_) {
      if (!is_measurable(objective)) {
        return fail(engine::quoted(objective.source) + " is a matter of the live program");
      }
      if (!objective.of.empty() && !names_something(scenario_, objective.of)) {
        return fail(engine::quoted(objective.of) + " is no load, journey or service");
      }
      result_.objectives.push_back(objective.source);
    }
    if (objectives_.empty() && scenario_.expectations.empty()) {
      return fail(
          "nothing says what must hold: --slo 'p99 < 300ms', `thresholds` of the load, or "
          "`expect`");
    }
    return true;
  }

  bool check_json() {
    if (arguments_.json.empty()) {
      return true;
    }
    const auto checked = check_output(arguments_.json, {&arguments_.file, 1});
    return checked || fail(arguments_.json + ": " + checked.error().message);
  }

  bool fail(const std::string& message) {
    streams_.err << "shaketable: " << printable(message, 400) << '\n';
    return false;
  }

  void search() {
    constexpr double kPpmOfPercent = 10'000;
    loadgen::CapacitySearchOptions options;
    options.first =
        static_cast<std::uint64_t>(std::llround(arguments_.from * static_cast<double>(kWholeLoad)));
    options.most =
        static_cast<std::uint64_t>(std::llround(arguments_.to * static_cast<double>(kWholeLoad)));
    options.precision_ppm =
        static_cast<std::uint32_t>(std::llround(arguments_.precision_percent * kPpmOfPercent));
    options.confirmations = arguments_.seeds - 1;
    result_.confirmations = options.confirmations;
    loadgen::CapacitySearch search(options);
    Progress progress(streams_.err, streams_.err_is_terminal, streams_.width);
    while (const auto trial = search.next()) {
      const bool holds = make_trial(*trial, progress);
      if (result_.interrupted) {
        break;
      }
      search.on_result(holds);
    }
    result_.level = search.result();
    result_.fails = search.lowest_that_failed();
    for (auto& [level, point] : points_) {
      result_.points.push_back(std::move(point));
    }
  }

  bool make_trial(const loadgen::CapacityTrial& trial, Progress& progress) {
    const Scenario scenario = scaled_scenario(scenario_, trial.level, result_.load);
    const RunTask task{.scenario = &scenario, .seed = seed_ + trial.repeat};
    const bool silent = arguments_.quiet || arguments_.no_progress;
    bool holds = false;
    result_.interrupted = true;  // unless a whole run is handed out
    run_batch({&task, 1}, {.jobs = 1, .progress = silent ? nullptr : &progress},
              [&](std::size_t, const RunRecord& record) {
                result_.interrupted = record.interrupted;
                if (!record.interrupted) {
                  holds = take(trial, scenario, record);
                }
                return true;
              });
    return holds;
  }

  bool take(const loadgen::CapacityTrial& trial, const Scenario& scenario,
            const RunRecord& record) {
    std::vector<std::string> broken;
    for (const ThresholdResult& each :
         judge_thresholds(scenario, record, objectives_, result_.load)) {
      if (!each.holds) {
        broken.push_back(each.text);
      }
    }
    if (objectives_.empty()) {
      for (const ExpectationVerdict& each : judge(scenario, record).expectations) {
        if (!is_fine(each.state)) {
          broken.push_back(each.text);
        }
      }
    }
    CapacityPoint& point = points_[trial.level];
    if (point.trials == 0) {
      point.level = trial.level;
      point.figures = figures_of(record, result_.load);
    }
    ++point.trials;
    point.held += broken.empty() ? 1U : 0U;
    for (std::string& text : broken) {
      if (std::find(point.broken.begin(), point.broken.end(), text) == point.broken.end()) {
        point.broken.push_back(text);
      }
    }
    return broken.empty();
  }

  ExitCode report() {
    const bool data_on_out = arguments_.json == "-";
    if (!arguments_.quiet) {
      std::ostream& out = data_on_out ? streams_.err : streams_.out;
      const bool is_terminal = data_on_out ? streams_.err_is_terminal : streams_.out_is_terminal;
      out << (arguments_.format == SummaryFormat::kJson
                  ? capacity_json(scenario_, result_)
                  : capacity_text(scenario_, result_,
                                  wants_color(arguments_.color, is_terminal, streams_)));
    }
    if (data_on_out) {
      streams_.out << capacity_json(scenario_, result_);
    } else if (!arguments_.json.empty()) {
      if (const auto written = write_output(arguments_.json, capacity_json(scenario_, result_));
          !written) {
        fail(arguments_.json + ": " + written.error().message);
        return ExitCode::kRuntime;
      }
    }
    if (result_.interrupted) {
      return ExitCode::kInterrupted;
    }
    constexpr LoadLevel kAsWritten = 1'000;
    return result_.level >= kAsWritten ? ExitCode::kPassed : ExitCode::kExpectationFailed;
  }

  const CapacityArguments& arguments_;
  const Streams& streams_;
  Scenario scenario_;
  std::uint64_t seed_ = 1;
  std::vector<loadgen::Threshold> objectives_;
  std::map<LoadLevel, CapacityPoint> points_;
  CapacityResult result_;
};

}  // namespace

ExitCode find_load_limit(const CapacityArguments& arguments, const Streams& streams) {
  return CapacityRun(arguments, streams).run();
}

}  // namespace shaketable::engine
