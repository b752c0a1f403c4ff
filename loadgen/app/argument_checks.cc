#include <utility>

#include <CLI/CLI.hpp>

#include "loadgen/app/argument_options.h"
#include "loadgen/app/argument_values.h"

// What was parsed, understood: values of options, and which of them go together.

namespace shaketable::loadgen::app {
namespace {

using proxy::Duration;
using proxy::Result;

/// Reads one value; the error names the option.
template <class T, class Read>
Result<void> take(const char* option, const std::string& text, Read read, T& into) {
  auto value = read(text);
  if (!value) {
    const proxy::Error& error = value.error();
    return proxy::fail(std::string(option) + ": " + error.message + ", expected " + error.expected);
  }
  into = std::move(*value);
  return {};
}

void take_words(RawArguments& raw) {
  live::TransportConfig& transport = raw.run.transport;
  transport.reuse = raw.reuse == "session" ? live::Reuse::kSession
                    : raw.reuse == "never" ? live::Reuse::kNever
                                           : live::Reuse::kShared;
  transport.look_up = raw.dns == "ttl"    ? live::LookUp::kByTtl
                      : raw.dns == "each" ? live::LookUp::kEachConnection
                                          : live::LookUp::kOnce;
}

Result<void> take_values(RawArguments& raw, const CLI::App& run) {
  RunArguments& it = raw.run;
  live::TransportConfig& transport = it.transport;
  Result<void> read;
  const auto then = [&](const char* option, const std::string& text, auto reader, auto& into) {
    if (read && run.count(option) > 0) {
      read = take(option, text, reader, into);
    }
  };
  then("--duration", raw.duration, duration_value, it.duration);
  then("--rate", raw.rate, rate_value, it.rate_ups);
  then("--ramp-up", raw.ramp_up, duration_value, it.ramp_up);
  then("--delay", raw.delay, duration_value, it.delay);
  then("--timeout", raw.timeout, duration_value, it.timeout);
  then("--connect-timeout", raw.connect_timeout, duration_value, transport.connect_timeout);
  then("--idle-timeout", raw.idle_timeout, duration_value, transport.idle_timeout);
  then("--grace", raw.grace, duration_value, it.grace);
  then("--console-update", raw.console_update, duration_value, it.console_update);
  then("--max-body", raw.max_body, size_value, transport.max_body_bytes);
  then("--sizing-trial", raw.sizing_trial, duration_value, it.sizing_trial);
  then("--sizing-settle", raw.sizing_settle, duration_value, it.sizing_settle);
  then("--shard", raw.share, share_value, it.share);
  then("--percentiles", raw.percentiles, quantiles_value, it.quantiles_ppm);
  return read;
}

void take_numbers(RawArguments& raw, const CLI::App& run) {
  RunArguments& it = raw.run;
  if (run.count("--workers") > 0) {
    it.workers = raw.workers;
  }
  if (run.count("--connections") > 0) {
    it.connections = raw.connections;
  }
  if (run.count("--max-runs") > 0) {
    it.max_runs = raw.max_runs;
  }
  if (run.count("--seed") > 0) {
    it.seed = raw.seed;
  }
  if (raw.processes > 0) {
    // Molotov's processes carry out the whole set of workers each: so many times the workers.
    it.threads = raw.processes;
    it.processes = raw.processes;
    it.workers = it.workers.value_or(1) * raw.processes;
  }
  if (raw.statsd || !raw.statsd_address.empty()) {
    it.statsd = raw.statsd_address.empty() ? "127.0.0.1:8125" : raw.statsd_address;
  }
}

/// What excludes, and what needs, each other.
Result<void> check_together(const RunArguments& it) {
  if (it.what.empty() && it.config.empty()) {
    return proxy::fail("a URL, a load file or --config is required");
  }
  if (it.sizing && (it.requests > 0 || it.single_run)) {
    return proxy::fail("--sizing decides how much is sent: no --requests, no --single-run");
  }
  if (it.sizing && it.share.count > 1) {
    return proxy::fail("--sizing searches with the whole load: no --shard");
  }
  if (it.sizing && it.sizing_trial <= Duration::zero()) {
    return proxy::fail("--sizing-trial must be longer than nothing");
  }
  if (it.quiet && it.verbose > 0) {
    return proxy::fail("--quiet and --verbose exclude each other");
  }
  if (it.single_run && !it.single_mode.empty()) {
    return proxy::fail("--single-run and --single-mode exclude each other");
  }
  if (it.rate_ups.has_value() && it.workers.has_value()) {
    return proxy::fail("--rate is an open loop, --workers a closed one: give one of them");
  }
  if (it.transport.tls.certificate_chain.empty() != it.transport.tls.private_key.empty()) {
    return proxy::fail("--cert and --key belong together");
  }
  return {};
}

}  // namespace

Result<RunArguments> finish_run(RawArguments& raw, const CLI::App& run) {
  take_words(raw);
  take_numbers(raw, run);
  return take_values(raw, run).and_then([&] { return check_together(raw.run); }).map([&] {
    return raw.run;
  });
}

Result<MergeArguments> finish_merge(RawArguments& raw) {
  Result<void> read;
  if (!raw.percentiles.empty()) {
    read = take("--percentiles", raw.percentiles, quantiles_value, raw.merge.quantiles_ppm);
  }
  return read.map([&] { return raw.merge; });
}

}  // namespace shaketable::loadgen::app
