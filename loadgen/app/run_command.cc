#include <algorithm>
#include <ostream>
#include <utility>
#include <vector>

#include "engine/cli/interrupt.h"
#include "loadgen/app/abort_watch.h"
#include "loadgen/app/judgement.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/app/molotov_source.h"
#include "loadgen/app/prepared_run.h"
#include "loadgen/app/progress_lines.h"
#include "loadgen/app/report.h"
#include "loadgen/app/statsd.h"
#include "loadgen/app/stream_lines.h"
#include "loadgen/results/run_result.h"
#include "reports/report.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;
using engine::Streams;
using proxy::Duration;
using proxy::Result;

/// A run from its arguments to its exit code.
class Job {
 public:
  Job(const RunArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams), lines_(arguments.ndjson, streams.out) {}

  ExitCode run() {
    if (const auto ready = prepare(); !ready) {
      if (!ready.error().message.empty()) {
        complain(streams_, ready.error());
      }
      return ExitCode::kUsage;
    }
    auto done = carry_out();
    if (!done) {
      complain(streams_, done.error());
      return ExitCode::kRuntime;
    }
    return report(std::move(*done));
  }

 private:
  Result<void> prepare() {
    reports_ = {.files = arguments_.reports,
                .quantiles_ppm = arguments_.quantiles_ppm,
                .quiet = arguments_.quiet,
                .out_is_taken = arguments_.ndjson == "-",
                .color = arguments_.color,
                .command = arguments_.command};
    if (auto writable = check_outputs(reports_); !writable) {
      return writable;
    }
    if (auto ready = prepare_run(arguments_, streams_, run_); !ready) {
      return ready;
    }
    requirements_ = requirements_of(arguments_, run_.file.loads, run_.thresholds);
    run_.options.watches_steps = !arguments_.statsd.empty();
    if (auto opened = statsd_.open(arguments_.statsd, arguments_.statsd_prefix, run_.names);
        !opened) {
      return opened;
    }
    return lines_.open();
  }

  [[nodiscard]] std::string target_text() const {
    if (!arguments_.target.empty()) {
      return arguments_.target;
    }
    return run_.file.target.url.empty() ? arguments_.what : run_.file.target.url;
  }

  Result<live::LiveRunResult> carry_out() {
    const engine::InterruptGuard guard;
    ProgressLines progress_lines(streams_, arguments_, run_.file.duration);
    RateGuard rate(!run_.target.is_local && !arguments_.yes);
    AbortWatch abort(requirements_, run_.file.warm_up, is_part());
    started_at_ms_ = unix_time_ms() + run_.options.start_in.count() / 1'000'000;
    lines_.begin(target_text(), started_at_ms_, run_.file.seed);
    auto result = live::run_live(
        run_.loads, run_.options, run_.names, [&](const live::LiveProgress& progress) {
          progress_lines.update(progress);
          lines_.update(progress);
          statsd_.update(progress);
          is_too_much_ = is_too_much_ || rate.is_too_much(progress);
          is_interrupted_ = is_interrupted_ || engine::InterruptGuard::is_interrupted();
          const bool is_missed = abort.wants_end(progress);
          return is_interrupted_ || is_too_much_ ? live::Wish::kCut
                 : is_missed                     ? live::Wish::kStop
                                                 : live::Wish::kGoOn;
        });
    progress_lines.finish();
    ended_early_ = why_early(abort.reason(), result && result->was_stopped_by_failure);
    return result;
  }

  /// Why the load ended before its time, for its report; empty = it did not.
  [[nodiscard]] std::string why_early(const std::string& missed, bool has_failed) const {
    if (is_too_much_) {
      return "more than " + std::to_string(kMostWithoutYes) + " requests/s without --yes";
    }
    return missed.empty() && has_failed ? "a run failed, which was to end the load" : missed;
  }

  /// One generator among several sees its part alone; thresholds are of the sum.
  [[nodiscard]] bool is_part() const { return arguments_.share.count > 1; }

  RunResult collect(live::LiveRunResult done) const {
    RunResult result;
    result.name = run_.file.name;
    result.target = target_text();
    result.version = reports::kVersion;
    result.seed = run_.file.seed;
    result.threads = arguments_.threads;
    result.started_at_ms = started_at_ms_;
    result.warm_up = run_.file.warm_up;
    // What is under way at the stop ends later; the load has lasted until the stop.
    const Duration planned = run_.file.duration;
    const Duration lasted =
        planned > Duration::zero() ? std::min(done.elapsed, planned) : done.elapsed;
    result.elapsed = std::max(lasted - run_.file.warm_up, Duration::zero());
    result.was_interrupted = is_interrupted_;
    result.ended_early = ended_early_;
    result.set_up_error = done.set_up_error;
    result.cancelled = done.cancelled;
    result.connections = done.connections;
    result.loads = merged_by_name(std::move(done.loads));
    result.required = as_required(requirements_);
    if (is_part()) {
      result.shares = {arguments_.share};
    } else {
      result.thresholds = judge(requirements_, result.loads, result.elapsed);
    }
    return result;
  }

  ExitCode report(live::LiveRunResult done) {
    const RunResult result = collect(std::move(done));
    lines_.end(result);
    if (const auto written = write_reports(result, reports_, streams_); !written) {
      complain(streams_, written.error());
      return ExitCode::kUsage;
    }
    if (!result.set_up_error.empty()) {
      complain(streams_, {"a set-up failed, which ended the load: " + result.set_up_error, "", ""});
    }
    if (is_too_much_) {
      complain(streams_,
               {"ended at more than " + std::to_string(kMostWithoutYes) + " requests/s, and this " +
                    run_.target.sentence + "; say --yes if that is what you want",
                "", ""});
      return ExitCode::kUsage;
    }
    return exit_code_of(result);
  }

  const RunArguments& arguments_;
  const Streams& streams_;
  ReportRequest reports_;
  PreparedRun run_;
  std::vector<Requirement> requirements_;
  Statsd statsd_;
  StreamLines lines_;
  std::int64_t started_at_ms_ = 0;
  bool is_interrupted_ = false;
  bool is_too_much_ = false;
  std::string ended_early_;
};

}  // namespace

ExitCode run_load(const RunArguments& arguments, const Streams& streams) {
  if (!arguments.config.empty() && !arguments.molotov) {
    const auto configured = with_molotov(arguments, streams);
    return configured ? run_load(*configured, streams) : ExitCode::kUsage;
  }
  if (!arguments.emit.empty()) {
    return emit_file(arguments, streams);
  }
  return arguments.sizing ? find_size(arguments, streams) : Job(arguments, streams).run();
}

}  // namespace shaketable::loadgen::app
