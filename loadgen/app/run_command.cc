#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include "engine/cli/interrupt.h"
#include "loadgen/app/argument_values.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/app/load_source.h"
#include "loadgen/app/progress_lines.h"
#include "loadgen/app/report.h"
#include "loadgen/app/target_guard.h"
#include "loadgen/journey/compiled_load.h"
#include "loadgen/live/live_run.h"
#include "loadgen/results/run_result.h"
#include "loadgen/results/thresholds.h"
#include "reports/report.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;
using engine::Streams;
using proxy::Duration;
using proxy::fail;
using proxy::Result;

/// A moment for the threads to be there when the load begins.
constexpr Duration kStartUp = std::chrono::milliseconds(10);

/// Every connection takes a descriptor: as many as this process may have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

std::int64_t unix_time_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// How long until the agreed time, from now.
Result<Duration> time_until(const std::string& at) {
  if (at.empty()) {
    return kStartUp;
  }
  const bool is_relative = at.starts_with('+');
  const auto time = duration_value(is_relative ? at.substr(1) : at);
  if (!time && is_relative) {
    return tl::unexpected(time.error());
  }
  if (is_relative) {
    return std::max(*time, kStartUp);
  }
  double seconds = 0;
  const auto [end, error] = std::from_chars(at.data(), at.data() + at.size(), seconds);
  const double left = seconds * 1e3 - static_cast<double>(unix_time_ms());
  if (error != std::errc{} || end != at.data() + at.size()) {
    return fail("--start-at: '" + at + "' is no time", "", "Unix time in seconds, or +10s");
  }
  if (left < 0 || left > 7.0 * 24 * 3600 * 1000) {
    return fail("--start-at: that is over, or more than a week away", at);
  }
  return std::max(Duration(static_cast<std::int64_t>(left * 1e6)), kStartUp);
}

/// A run from its arguments to its exit code.
class Job {
 public:
  Job(const RunArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams) {}

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
    reports_ = {.json = arguments_.json,
                .quantiles_ppm = arguments_.quantiles_ppm,
                .quiet = arguments_.quiet,
                .color = arguments_.color};
    if (auto writable = check_outputs(reports_); !writable) {
      return writable;
    }
    auto source = find_load(arguments_, streams_);
    if (!source) {
      return fail("");  // everything was told
    }
    file_ = std::move(source->file);
    options_.target = std::move(source->target);
    for (const LoadPlan& plan : file_.loads) {
      auto compiled = CompiledLoad::compile(plan, file_.seed, arguments_.share);
      if (!compiled) {
        return tl::unexpected(compiled.error());
      }
      loads_.push_back(std::move(*compiled));
    }
    fill_options();
    return look_at_target();
  }

  void fill_options() {
    options_.transport = arguments_.transport;
    if (arguments_.http == "1" || arguments_.http == "2") {
      options_.transport.http =
          arguments_.http == "2" ? live::HttpChoice::kHttp2 : live::HttpChoice::kHttp1;
    }
    apply_target(file_.target, options_.transport);
    // gRPC is HTTP/2, also in clear text.
    const bool has_grpc = std::any_of(file_.loads.begin(), file_.loads.end(), [](const auto& plan) {
      return std::any_of(plan.requests.begin(), plan.requests.end(), [](const Request& request) {
        return request.protocol == Request::Protocol::kGrpc;
      });
    });
    if (has_grpc && options_.transport.http == live::HttpChoice::kAny) {
      options_.transport.http = live::HttpChoice::kHttp2;
    }
    options_.may_leave = arguments_.yes;
    options_.warm_up = file_.warm_up;
    options_.threads = arguments_.threads;
    options_.share = arguments_.share;
    options_.seed = file_.seed;
    options_.stop = file_.duration;
    options_.grace = arguments_.grace;
    options_.tick = std::clamp<Duration>(arguments_.console_update, std::chrono::milliseconds(50),
                                         std::chrono::seconds(1));
  }

  Result<void> look_at_target() {
    for (const std::string& pair : arguments_.resolve) {
      const std::size_t colon = pair.find(':');
      const auto address = proxy::net::parse_address(
          colon == std::string::npos ? "" : pair.substr(colon + 1) + ":1");
      if (colon == 0 || colon == std::string::npos || !address) {
        return fail("--resolve: '" + pair + "' is no name and address", "",
                    "NAME:ADDRESS, such as shop.test:127.0.0.1 or shop.test:[::1]");
      }
      std::string ip = pair.substr(colon + 1);
      std::erase_if(ip, [](char c) { return c == '[' || c == ']'; });
      names_.set(pair.substr(0, colon), {ip});
    }
    auto check = check_target(file_, options_, arguments_.yes, names_);
    if (!check) {
      return tl::unexpected(check.error());
    }
    target_ = std::move(*check);
    if (!target_.sentence.empty() && !arguments_.quiet) {
      streams_.err << kProgram << " " << target_.sentence << '\n';
    }
    const auto left = time_until(arguments_.start_at);
    if (!left) {
      return tl::unexpected(left.error());
    }
    options_.start_in = *left;
    return {};
  }

  Result<live::LiveRunResult> carry_out() {
    raise_descriptor_limit();
    const engine::InterruptGuard guard;
    ProgressLines lines(streams_, arguments_, file_.duration);
    RateGuard rate(!target_.is_local && !arguments_.yes);
    started_at_ms_ = unix_time_ms() + options_.start_in.count() / 1'000'000;
    auto result = live::run_live(loads_, options_, names_, [&](const live::LiveProgress& progress) {
      lines.update(progress);
      is_too_much_ = is_too_much_ || rate.is_too_much(progress);
      is_interrupted_ = is_interrupted_ || engine::InterruptGuard::is_interrupted();
      return is_interrupted_ || is_too_much_ ? live::Wish::kCut : live::Wish::kGoOn;
    });
    lines.finish();
    return result;
  }

  RunResult collect(live::LiveRunResult done) const {
    RunResult result;
    result.name = file_.name;
    result.target = file_.target.url.empty() || !arguments_.target.empty()
                        ? (arguments_.target.empty() ? arguments_.what : arguments_.target)
                        : file_.target.url;
    result.version = reports::kVersion;
    result.seed = file_.seed;
    result.threads = arguments_.threads;
    result.started_at_ms = started_at_ms_;
    // What is under way at the stop ends later; the load has lasted until the stop.
    const Duration lasted =
        file_.duration > Duration::zero() ? std::min(done.elapsed, file_.duration) : done.elapsed;
    result.elapsed = std::max(lasted - file_.warm_up, Duration::zero());
    result.was_interrupted = is_interrupted_;
    result.cancelled = done.cancelled;
    result.connections = done.connections;
    for (std::size_t i = 0; i < done.loads.size(); ++i) {
      for (ThresholdVerdict& verdict :
           judge_thresholds(file_.loads[i].thresholds, done.loads[i], result.elapsed)) {
        result.thresholds.push_back(std::move(verdict));
      }
    }
    for (LoadStats& load : done.loads) {
      const auto same = std::find_if(result.loads.begin(), result.loads.end(),
                                     [&](const LoadStats& it) { return it.name == load.name; });
      if (same == result.loads.end()) {
        result.loads.push_back(std::move(load));
      } else {
        same->merge(load);
      }
    }
    return result;
  }

  ExitCode report(live::LiveRunResult done) {
    set_up_error_ = done.set_up_error;
    const RunResult result = collect(std::move(done));
    if (const auto written = write_reports(result, reports_, streams_); !written) {
      complain(streams_, written.error());
      return ExitCode::kUsage;
    }
    if (!set_up_error_.empty()) {
      complain(streams_, {"a set-up failed, which ended the load: " + set_up_error_, "", ""});
    }
    if (is_too_much_) {
      complain(streams_,
               {"ended at more than " + std::to_string(kMostWithoutYes) + " requests/s, and this " +
                    target_.sentence + "; say --yes if that is what you want",
                "", ""});
      return ExitCode::kUsage;
    }
    if (is_interrupted_) {
      return ExitCode::kInterrupted;
    }
    const bool all_hold =
        std::all_of(result.thresholds.begin(), result.thresholds.end(),
                    [](const ThresholdVerdict& verdict) { return verdict.holds; });
    const std::uint64_t failed_runs = result.runs().second;
    bool too_many = arguments_.fail > 0 && failed_runs >= arguments_.fail;
    for (const LoadPlan& plan : file_.loads) {
      too_many = too_many || (plan.fail_threshold > 0 && failed_runs >= plan.fail_threshold);
    }
    return all_hold && !too_many && set_up_error_.empty() ? ExitCode::kPassed
                                                          : ExitCode::kExpectationFailed;
  }

  const RunArguments& arguments_;
  const Streams& streams_;
  ReportRequest reports_;
  LoadFile file_;
  std::vector<std::shared_ptr<const CompiledLoad>> loads_;
  live::LiveRunOptions options_;
  live::NameService names_;
  TargetCheck target_;
  std::int64_t started_at_ms_ = 0;
  bool is_interrupted_ = false;
  bool is_too_much_ = false;
  std::string set_up_error_;
};

}  // namespace

ExitCode run_load(const RunArguments& arguments, const Streams& streams) {
  return Job(arguments, streams).run();
}

}  // namespace shaketable::loadgen::app
