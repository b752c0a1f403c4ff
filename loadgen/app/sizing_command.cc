#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "engine/cli/interrupt.h"
#include "engine/cli/output_file.h"
#include "engine/formats/diagnostic.h"
#include "engine/formats/load_file.h"
#include "loadgen/app/abort_watch.h"
#include "loadgen/app/judgement.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/app/prepared_run.h"
#include "loadgen/app/progress_lines.h"
#include "loadgen/app/report.h"
#include "loadgen/app/sizing_level.h"
#include "loadgen/app/sizing_report.h"
#include "loadgen/core/capacity_search.h"
#include "loadgen/results/text.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;
using engine::Streams;
using proxy::Duration;
using proxy::Result;

/// Arrivals that were asked for and did not come to an end: an open loop that falls behind.
constexpr double kLeastOfRate = 0.95;
constexpr Duration kLongestGrace = std::chrono::seconds(2);

/// A search for the highest load that holds, from its arguments to its exit code.
class Sizing {
 public:
  Sizing(const RunArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams) {}

  ExitCode run() {
    if (const auto ready = prepare(); !ready) {
      if (!ready.error().message.empty()) {
        complain(streams_, ready.error());
      }
      return ExitCode::kUsage;
    }
    if (const auto searched = search(); !searched) {
      complain(streams_, searched.error());
      return ExitCode::kRuntime;
    }
    return report();
  }

 private:
  Result<void> prepare() {
    const ReportFiles others{.json = arguments_.reports.json};
    if (arguments_.reports != others || !arguments_.ndjson.empty() || !arguments_.statsd.empty()) {
      return proxy::fail("--sizing has its own report: text, and --json");
    }
    if (!arguments_.reports.json.empty()) {
      if (auto writable = engine::check_output(arguments_.reports.json); !writable) {
        return writable;
      }
    }
    RunArguments once = arguments_;
    once.duration = arguments_.sizing_settle + arguments_.sizing_trial;
    if (auto ready = prepare_run(once, streams_, run_); !ready) {
      return ready;
    }
    const auto scale = level_scale(run_.file.loads);
    if (!scale) {
      return tl::unexpected(scale.error());
    }
    scale_ = *scale;
    seed_ = run_.file.seed;
    result_.target = arguments_.target.empty() ? arguments_.what : arguments_.target;
    result_.kind = scale_.kind;
    result_.first = scale_.first;
    add_tolerance();
    return {};
  }

  /// Molotov's tolerance is a threshold as any other; all of them end a trial early.
  void add_tolerance() {
    engine::Diagnostics diagnostics;
    const std::string text =
        fmt::format("error_rate <= {:.4g}%", arguments_.sizing_tolerance_percent);
    const auto tolerance = engine::parse_thresholds("--sizing-tolerance", {&text, 1}, diagnostics);
    for (LoadPlan& plan : run_.file.loads) {
      plan.thresholds.insert(plan.thresholds.end(), tolerance.begin(), tolerance.end());
      plan.fail_threshold = 0;
      add_objectives(plan.thresholds);
    }
    add_objectives(run_.thresholds);
    for (const Threshold& threshold : run_.thresholds) {
      run_.options.watched.push_back(threshold.of);
    }
    if (scale_.kind == LevelKind::kRate) {
      result_.objectives.push_back(fmt::format("rate >= {:.0f}% of the level", kLeastOfRate * 100));
    }
  }

  void add_objectives(std::vector<Threshold>& thresholds) {
    for (Threshold& threshold : thresholds) {
      threshold.aborts = true;
      if (std::find(result_.objectives.begin(), result_.objectives.end(), threshold.source) ==
          result_.objectives.end()) {
        result_.objectives.push_back(threshold.source);
      }
    }
  }

  /// What a trial must meet; how many runs may fail is no matter of a trial's length.
  [[nodiscard]] std::vector<Requirement> requirements() const {
    return requirements_of(RunArguments(), run_.file.loads, run_.thresholds);
  }

  Result<void> search() {
    const engine::InterruptGuard guard;
    CapacitySearchOptions options;
    options.first = scale_.first;
    options.most =
        std::max(arguments_.sizing_most > 0 ? arguments_.sizing_most : scale_.most, scale_.first);
    options.precision_ppm =
        static_cast<std::uint32_t>(std::llround(arguments_.sizing_precision_percent * 10'000));
    options.confirmations = arguments_.sizing_confirmations;
    result_.confirmations = options.confirmations;
    CapacitySearch search(options);
    const std::vector<LoadPlan> as_written = run_.file.loads;
    while (const auto trial = search.next()) {
      const auto holds = make_trial(*trial, as_written);
      if (!holds) {
        return tl::unexpected(holds.error());
      }
      if (result_.was_interrupted) {
        break;
      }
      search.on_result(*holds);
    }
    result_.level = search.result();
    result_.fails = search.lowest_that_failed();
    for (auto& [level, point] : points_) {
      result_.points.push_back(std::move(point));
    }
    return {};
  }

  /// Sends for a while at a level; whether everything held.
  Result<bool> make_trial(const CapacityTrial& trial, const std::vector<LoadPlan>& as_written) {
    const Duration length = arguments_.sizing_settle + arguments_.sizing_trial;
    run_.file.loads = loads_at(as_written, scale_.kind, trial.level, length);
    run_.file.duration = length;
    run_.file.warm_up = arguments_.sizing_settle;
    run_.file.seed = seed_ + trial.repeat;
    if (auto compiled = compile_loads(arguments_, run_); !compiled) {
      return tl::unexpected(compiled.error());
    }
    live::LiveRunOptions options = run_.options;
    options.seed = run_.file.seed;
    options.stop = length;
    options.warm_up = arguments_.sizing_settle;
    options.grace = std::min(arguments_.grace, kLongestGrace);
    options.start_in = std::chrono::milliseconds(10);
    ProgressLines lines(streams_, arguments_, length);
    RateGuard rate(!run_.target.is_local && !arguments_.yes);
    AbortWatch abort(requirements(), run_.file.warm_up);
    auto done =
        live::run_live(run_.loads, options, run_.names, [&](const live::LiveProgress& progress) {
          lines.update(progress);
          is_too_much_ = is_too_much_ || rate.is_too_much(progress);
          result_.was_interrupted =
              result_.was_interrupted || engine::InterruptGuard::is_interrupted();
          const bool is_missed = abort.wants_end(progress);
          return result_.was_interrupted || is_too_much_ ? live::Wish::kCut
                 : is_missed                             ? live::Wish::kStop
                                                         : live::Wish::kGoOn;
        });
    lines.finish();
    if (!done) {
      return tl::unexpected(done.error());
    }
    if (is_too_much_) {
      return proxy::fail("more than " + std::to_string(kMostWithoutYes) + " requests/s, and this " +
                         run_.target.sentence + "; say --yes if that is what you want");
    }
    if (!done->set_up_error.empty()) {
      return proxy::fail("a set-up failed: " + done->set_up_error);
    }
    return judge(trial, std::move(*done), abort.reason(), length);
  }

  bool judge(const CapacityTrial& trial, live::LiveRunResult done, const std::string& ended_early,
             Duration length) {
    const Duration elapsed =
        std::max(std::min(done.elapsed, length) - arguments_.sizing_settle, Duration(1));
    const std::vector<LoadStats> stats = merged_by_name(std::move(done.loads));
    RequestStats total;
    for (const LoadStats& load : stats) {
      total.merge(load.total);
    }
    std::vector<std::string> broken;
    for (const ThresholdVerdict& it : app::judge(requirements(), stats, elapsed)) {
      if (!it.holds) {
        broken.push_back(it.source + " (" + (it.was_judged ? it.actual : "nothing to judge") + ')');
      }
    }
    if (broken.empty() && !ended_early.empty()) {
      broken.push_back(ended_early);
    }
    const double wanted = static_cast<double>(trial.level) * proxy::to_seconds(elapsed);
    if (scale_.kind == LevelKind::kRate && ended_early.empty() && !result_.was_interrupted &&
        static_cast<double>(total.requests) < wanted * kLeastOfRate) {
      broken.push_back(rate_text(total.requests, elapsed) + "/s of " +
                       level_text(scale_.kind, trial.level));
    }
    SizingPoint& point = points_[trial.level];
    for (const LoadStats& load : stats) {
      for (const RequestStats& step : load.steps) {
        point.errors.merge(step.errors);
      }
    }
    point.level = trial.level;
    ++point.trials;
    point.held += broken.empty() ? 1U : 0U;
    point.requests += total.requests;
    point.failed += total.failed;
    point.time += elapsed;
    point.p50 = total.latency.quantile(500'000);
    point.p99 = total.latency.quantile(990'000);
    if (!arguments_.quiet && !result_.was_interrupted) {
      streams_.err << "  " << trial_text(scale_.kind, point, broken.empty()) << std::endl;
    }
    point.broken.insert(point.broken.end(), broken.begin(), broken.end());
    return broken.empty();
  }

  ExitCode report() {
    const bool data_on_out = arguments_.reports.json == "-";
    if (!arguments_.quiet) {
      const bool is_terminal = data_on_out ? streams_.err_is_terminal : streams_.out_is_terminal;
      (data_on_out ? streams_.err : streams_.out)
          << sizing_text(result_, engine::wants_color(arguments_.color, is_terminal, streams_));
    }
    if (data_on_out) {
      streams_.out << sizing_json(result_);
    } else if (!arguments_.reports.json.empty()) {
      if (const auto written = engine::write_output(arguments_.reports.json, sizing_json(result_));
          !written) {
        complain(streams_, written.error());
        return ExitCode::kUsage;
      }
    }
    if (result_.was_interrupted) {
      return ExitCode::kInterrupted;
    }
    return result_.level >= result_.first ? ExitCode::kPassed : ExitCode::kExpectationFailed;
  }

  const RunArguments& arguments_;
  const Streams& streams_;
  PreparedRun run_;
  LevelScale scale_;
  std::uint64_t seed_ = 1;
  std::map<std::uint64_t, SizingPoint> points_;
  SizingResult result_;
  bool is_too_much_ = false;
};

}  // namespace

ExitCode find_size(const RunArguments& arguments, const Streams& streams) {
  return Sizing(arguments, streams).run();
}

}  // namespace shaketable::loadgen::app
