#include "loadgen/app/prepared_run.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ostream>
#include <string>
#include <utility>

#include <sys/resource.h>

#include "loadgen/app/argument_values.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/app/load_source.h"

namespace shaketable::loadgen::app {
namespace {

using engine::Streams;
using proxy::Duration;
using proxy::fail;
using proxy::Result;

/// A moment for the threads to be there when the load begins.
constexpr Duration kStartUp = std::chrono::milliseconds(10);

/// Every connection takes a descriptor: as many as this process may have. Returns their number.
std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return 1'024;
  }
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

/// Connections of a thread for an open loop that says nothing of them. Arrivals know no end when a
/// server stands still, and a connection for each would be the generator's own overload; whoever
/// waits for one is counted, and its latency too.
constexpr std::uint64_t kConnectionsForArrivals = 4'096;
/// For files, the loop, and what a library opens.
constexpr std::uint64_t kOtherDescriptors = 64;

std::uint32_t most_connections(const std::vector<LoadPlan>& loads, std::uint32_t threads) {
  std::uint64_t workers = 0;
  bool has_arrivals = false;
  for (const LoadPlan& plan : loads) {
    workers += plan.workers;
    has_arrivals = has_arrivals || plan.workers == 0;
  }
  if (!has_arrivals) {
    return 0;  // a worker has one, and waits
  }
  const std::uint64_t descriptors = raise_descriptor_limit();
  const std::uint64_t possible = std::max<std::uint64_t>(
      (std::max(descriptors, kOtherDescriptors) - kOtherDescriptors) / threads, 1);
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(kConnectionsForArrivals + workers, 1, possible));
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

void fill_options(const RunArguments& arguments, PreparedRun& run) {
  run.options.transport = arguments.transport;
  run.options.transport.connections =
      arguments.connections.value_or(most_connections(run.file.loads, arguments.threads));
  if (arguments.http == "1" || arguments.http == "2") {
    run.options.transport.http =
        arguments.http == "2" ? live::HttpChoice::kHttp2 : live::HttpChoice::kHttp1;
  }
  apply_target(run.file.target, run.options.transport);
  // gRPC is HTTP/2, also in clear text.
  const bool has_grpc =
      std::any_of(run.file.loads.begin(), run.file.loads.end(), [](const auto& plan) {
        return std::any_of(plan.requests.begin(), plan.requests.end(), [](const Request& request) {
          return request.protocol == Request::Protocol::kGrpc;
        });
      });
  if (has_grpc && run.options.transport.http == live::HttpChoice::kAny) {
    run.options.transport.http = live::HttpChoice::kHttp2;
  }
  for (const Threshold& threshold : run.thresholds) {
    if (threshold.aborts) {
      run.options.watched.push_back(threshold.of);
    }
  }
  run.options.may_leave = arguments.yes;
  run.options.warm_up = run.file.warm_up;
  run.options.threads = arguments.threads;
  run.options.share = arguments.share;
  run.options.seed = run.file.seed;
  run.options.stop = run.file.duration;
  run.options.grace = arguments.grace;
  run.options.tick = std::clamp<Duration>(arguments.console_update, std::chrono::milliseconds(50),
                                          std::chrono::seconds(1));
}

Result<void> look_at_target(const RunArguments& arguments, const Streams& streams,
                            PreparedRun& run) {
  for (const std::string& pair : arguments.resolve) {
    const std::size_t colon = pair.find(':');
    const auto address =
        proxy::net::parse_address(colon == std::string::npos ? "" : pair.substr(colon + 1) + ":1");
    if (colon == 0 || colon == std::string::npos || !address) {
      return fail("--resolve: '" + pair + "' is no name and address", "",
                  "NAME:ADDRESS, such as shop.test:127.0.0.1 or shop.test:[::1]");
    }
    std::string ip = pair.substr(colon + 1);
    std::erase_if(ip, [](char c) { return c == '[' || c == ']'; });
    run.names.set(pair.substr(0, colon), {ip});
  }
  auto check = check_target(run.file, run.options, arguments.yes, run.names);
  if (!check) {
    return tl::unexpected(check.error());
  }
  run.target = std::move(*check);
  if (!run.target.sentence.empty() && !arguments.quiet) {
    streams.err << kProgram << " " << run.target.sentence << '\n';
  }
  const auto left = time_until(arguments.start_at);
  if (!left) {
    return tl::unexpected(left.error());
  }
  run.options.start_in = *left;
  return {};
}

}  // namespace

std::int64_t unix_time_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::vector<LoadStats> merged_by_name(std::vector<LoadStats> loads) {
  std::vector<LoadStats> result;
  for (LoadStats& load : loads) {
    const auto same = std::find_if(result.begin(), result.end(),
                                   [&](const LoadStats& it) { return it.name == load.name; });
    if (same == result.end()) {
      result.push_back(std::move(load));
    } else {
      same->merge(load);
    }
  }
  return result;
}

Result<void> compile_loads(const RunArguments& arguments, PreparedRun& run) {
  run.loads.clear();
  for (const LoadPlan& plan : run.file.loads) {
    auto compiled = CompiledLoad::compile(plan, run.file.seed, arguments.share);
    if (!compiled) {
      return tl::unexpected(compiled.error());
    }
    run.loads.push_back(std::move(*compiled));
  }
  return {};
}

Result<void> prepare_run(const RunArguments& arguments, const Streams& streams, PreparedRun& run) {
  auto source = find_load(arguments, streams);
  if (!source) {
    return fail("");  // everything was told
  }
  run.file = std::move(source->file);
  run.thresholds = std::move(source->thresholds);
  run.options.target = std::move(source->target);
  if (auto compiled = compile_loads(arguments, run); !compiled) {
    return compiled;
  }
  fill_options(arguments, run);
  raise_descriptor_limit();
  return look_at_target(arguments, streams, run);
}

}  // namespace shaketable::loadgen::app
