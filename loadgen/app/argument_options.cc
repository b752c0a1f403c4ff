#include "loadgen/app/argument_options.h"

#include <map>
#include <utility>

#include <CLI/CLI.hpp>

#include "loadgen/app/argument_values.h"

namespace shaketable::loadgen::app {
namespace {

using proxy::Duration;
using proxy::Result;

const std::map<std::string, engine::ColorChoice> kColors = {
    {"auto", engine::ColorChoice::kAuto},
    {"always", engine::ColorChoice::kAlways},
    {"never", engine::ColorChoice::kNever}};

void add_request(CLI::App& run, RunArguments& it) {
  const std::string group = "The request (of a URL)";
  run.add_option("-m,--method", it.method, "Method (default GET, with --data POST)")->group(group);
  run.add_option("-H,--header", it.headers, "\"name: value\"; may be repeated")
      ->type_name("FIELD")
      ->group(group);
  run.add_option("--data", it.data, "Body, or @FILE")->group(group);
  run.add_option("--content-type", it.content_type, "content-type of the body")->group(group);
  run.add_option("-a,--auth", it.user, "USER:PASSWORD, basic authentication")->group(group);
  run.add_option("--bearer", it.bearer, "Token, bearer authentication")->group(group);
  run.add_option("--redirects", it.redirects, "Follow so many redirects (default 0)")->group(group);
}

void add_amount(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  const std::string group = "How much";
  run.add_option("-c,--concurrency,-w,--workers", raw.workers,
                 "Workers: each waits for its answer (default 10)")
      ->check(CLI::Range(1U, 1'000'000U))
      ->group(group);
  run.add_option("-d,--duration", raw.duration, "Time, such as 10s; bare numbers are seconds")
      ->group(group);
  run.add_option("-n,--requests", it.requests, "So many requests, then the end")->group(group);
  run.add_option("-r,--max-runs", raw.max_runs, "Runs of each worker")->group(group);
  run.add_option("--rate", raw.rate, "Open loop: arrivals that do not wait, such as 2000/s")
      ->group(group);
  run.add_option("--arrivals", it.arrivals, "constant (default) or poisson")
      ->check(CLI::IsMember({"constant", "poisson"}))
      ->group(group);
  run.add_option("--max-in-flight", it.max_in_flight, "Open loop: at once; 0 = any number")
      ->group(group);
  run.add_option("--when-full", it.when_full, "drop (default) or wait")
      ->check(CLI::IsMember({"drop", "wait"}))
      ->group(group);
  run.add_option("--ramp-up", raw.ramp_up, "Workers begin spread over this time")->group(group);
  run.add_option("--delay", raw.delay, "Pause of a worker after each run")->group(group);
  run.add_option("--seed", raw.seed, "Of all that is random (default 1)")->group(group);
  run.add_option("-s,--single-mode", it.single_mode, "Only this journey")->group(group);
  run.add_flag("--single-run", it.single_run, "Each worker runs every journey once")->group(group);
}

void add_network(CLI::App& run, RawArguments& raw) {
  live::TransportConfig& it = raw.run.transport;
  const std::string group = "Connections";
  run.add_option("--http", raw.run.http, "1, 2 or any (default: ALPN decides; else 1)")
      ->check(CLI::IsMember({"1", "2", "any"}))
      ->group(group);
  run.add_option("--streams", it.streams, "HTTP/2: requests at once on a connection (default 1)")
      ->check(CLI::Range(1U, 10'000U))
      ->group(group);
  run.add_option("--connections", raw.connections,
                 "At most, of a thread (default: as workers need, 4096 for arrivals; 0 = any)")
      ->group(group);
  run.add_option("--reuse", raw.reuse,
                 "shared (default), session (of one worker), never (one a request)")
      ->check(CLI::IsMember({"shared", "session", "never"}))
      ->group(group);
  run.add_option("--requests-per-connection", it.max_requests, "Then a new one; 0 = no limit")
      ->group(group);
  run.add_option("--timeout", raw.timeout, "Of a request (default 30s; 0 = none)")->group(group);
  run.add_option("--connect-timeout", raw.connect_timeout, "With TLS (default 10s)")->group(group);
  run.add_option("--idle-timeout", raw.idle_timeout, "Without a byte of an answer")->group(group);
  run.add_option("--max-body", raw.max_body, "Of an answer (default 1GiB)")->group(group);
  run.add_option("--max-head", it.max_head_bytes, "Of an answer, in bytes (default 65536)")
      ->group(group);
  run.add_option("--ca", it.tls.trusted_ca, "PEM file of authorities (default: the system's)")
      ->group(group);
  run.add_option("--cert", it.tls.certificate_chain, "PEM file, mutual TLS")->group(group);
  run.add_option("--key", it.tls.private_key, "PEM file, mutual TLS")->group(group);
  run.add_option("--server-name", it.tls.server_name, "SNI, and the name that is verified")
      ->group(group);
  run.add_flag("-k,--insecure", it.tls.accepts_any_certificate, "Believe any certificate")
      ->group(group);
  run.add_flag("--tls-resume", it.resume_tls, "New connections resume TLS sessions")->group(group);
  run.add_option("--proxy", it.proxy_address, "HTTP proxy, HOST:PORT")->group(group);
  run.add_option("--resolve", raw.run.resolve, "NAME:ADDRESS instead of a look-up; may be repeated")
      ->group(group);
  run.add_option("--dns", raw.dns, "Look up names once (default), ttl (again), each (connection)")
      ->check(CLI::IsMember({"once", "ttl", "each"}))
      ->group(group);
}

void add_generator(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  const std::string group = "The generator";
  run.add_option("-t,--threads", it.threads, "Threads that share the load (default 1)")
      ->check(CLI::Range(1U, 1024U))
      ->group(group);
  run.add_option("-p,--processes", raw.processes, "Molotov's: each carries out all workers")
      ->check(CLI::Range(1U, 1024U))
      ->group(group);
  run.add_option("--shard", raw.share, "i/n: this generator's part of the load")->group(group);
  run.add_option("--start-at", it.start_at, "Unix time in seconds, or +10s from now")->group(group);
  run.add_option("--grace", raw.grace, "For what is under way at the end (default 5s)")
      ->group(group);
  run.add_flag("--yes", it.yes, "More than 1000 requests a second at another machine")
      ->group(group);
}

void add_sizing(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  const std::string group = "Sizing: the highest load that meets the thresholds";
  run.add_flag("--sizing", it.sizing,
               "Search from the given size on: doubled until it fails, halved, confirmed")
      ->group(group);
  run.add_option("--sizing-tolerance", it.sizing_tolerance_percent,
                 "Percent of requests that may fail (default 5)")
      ->check(CLI::Range(0.0, 100.0))
      ->group(group);
  run.add_option("--sizing-max", it.sizing_most,
                 "Try no more workers, or requests/s (default 10000 workers, a million/s)")
      ->group(group);
  run.add_option("--sizing-precision", it.sizing_precision_percent,
                 "Percent between what holds and what fails (default 5)")
      ->check(CLI::Range(0.1, 100.0))
      ->group(group);
  run.add_option("--sizing-confirm", it.sizing_confirmations, "Further trials of it (default 1)")
      ->check(CLI::Range(0U, 100U))
      ->group(group);
  run.add_option("--sizing-trial", raw.sizing_trial, "Length of a trial (default 10s)")
      ->group(group);
  run.add_option("--sizing-settle", raw.sizing_settle, "Before it counts (default 2s)")
      ->group(group);
}

void add_emit(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  const std::string group = "Instead of a run";
  run.add_option("--emit", it.emit,
                 "Print kubernetes (a Job of several generators) or load-file (from --config)")
      ->check(CLI::IsMember({"kubernetes", "load-file"}))
      ->group(group);
  run.add_option("--generators", it.generators, "Pods that share the load (default 4)")
      ->check(CLI::Range(1U, 10'000U))
      ->group(group);
  run.add_option("--image", it.image, "Container image with shaketable-load")->group(group);
}

void add_reports(CLI::App& command, ReportFiles& it, const std::string& group) {
  const auto add = [&](const char* option, std::string& into, const char* help) {
    command.add_option(option, into, help)->type_name("FILE")->group(group);
  };
  add("--json", it.json, "Result as JSON, for `merge` and programs; - = standard output");
  add("--html", it.html, "Result as a page: charts, distribution, tables");
  add("--csv", it.csv, "A row for each journey, step and tag");
  add("--csv-series", it.csv_series, "A row for each second");
  add("--junit", it.junit, "Thresholds as test cases, for CI");
  add("--prometheus", it.prometheus, "Counters and histograms in Prometheus' text format");
}

void add_output(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  const std::string group = "Results";
  run.add_flag("-x,--exception", it.stop_on_failure, "End at the first failed run")->group(group);
  run.add_option("-f,--fail", it.fail, "Exit code 1 from so many failed runs on")->group(group);
  run.add_option("--threshold", it.thresholds,
                 "Exit code 1 unless it holds: \"p99 < 300ms\"; may be repeated")
      ->group(group);
  run.add_option("--abort-unless", it.abort_thresholds,
                 "The same, and the run ends once it is missed beyond doubt")
      ->group(group);
  add_reports(run, it.reports, group);
  run.add_option("--ndjson", it.ndjson, "A line of JSON each second while it runs")
      ->type_name("FILE")
      ->group(group);
  run.add_flag("--statsd", raw.statsd, "Send metrics to statsd while it runs")->group(group);
  run.add_option("--statsd-address", raw.statsd_address, "Where to (default udp://127.0.0.1:8125)")
      ->group(group);
  run.add_option("--statsd-prefix", it.statsd_prefix, "Begin of keys (default shaketable_load)")
      ->group(group);
  run.add_option("--percentiles", raw.percentiles, "Such as 50,90,99.9")->group(group);
  run.add_option("--console-update", raw.console_update, "Time between two lines of progress")
      ->group(group);
  run.add_flag("-q,--quiet", it.quiet, "Nothing but errors")->group(group);
  run.add_flag("-v,--verbose", it.verbose, "Tell errors as they come")->group(group);
  run.add_option("--color", it.color, "auto, always or never")
      ->transform(CLI::CheckedTransformer(kColors))
      ->group(group);
}

/// Reads one value; the error names the option.
template <class T, class Read>
Result<void> take(const CLI::App& run, const char* option, const std::string& text, Read read,
                  T& into) {
  if (run.count(option) == 0) {
    return {};
  }
  auto value = read(text);
  if (!value) {
    const proxy::Error& error = value.error();
    return proxy::fail(std::string(option) + ": " + error.message + ", expected " + error.expected);
  }
  into = std::move(*value);
  return {};
}

Result<void> take_words(RawArguments& raw) {
  live::TransportConfig& transport = raw.run.transport;
  transport.reuse = raw.reuse == "session" ? live::Reuse::kSession
                    : raw.reuse == "never" ? live::Reuse::kNever
                                           : live::Reuse::kShared;
  transport.look_up = raw.dns == "ttl"    ? live::LookUp::kByTtl
                      : raw.dns == "each" ? live::LookUp::kEachConnection
                                          : live::LookUp::kOnce;
  return {};
}

}  // namespace

CLI::App* add_run(CLI::App& app, RawArguments& raw) {
  raw.run.transport.streams = 1;
  CLI::App* const run = app.add_subcommand("run", "Puts load on a URL, or carries out a file");
  run->add_option("what", raw.run.what, "URL, host:port or load file");
  run->add_option("--target", raw.run.target, "URL: where the load of a file goes");
  run->add_option("--config", raw.run.config,
                  "molotov.json, whose test WHAT (default: test) says how much")
      ->type_name("FILE");
  run->add_option("--set", raw.run.overrides, "KEY=VALUE, instead of what the file says");
  add_amount(*run, raw);
  add_request(*run, raw.run);
  add_network(*run, raw);
  add_generator(*run, raw);
  add_output(*run, raw);
  add_sizing(*run, raw);
  add_emit(*run, raw);
  return run;
}

CLI::App* add_merge(CLI::App& app, RawArguments& raw) {
  CLI::App* const merge =
      app.add_subcommand("merge", "Adds up results of several generators; of one: its reports");
  merge->add_option("files", raw.merge.files, "What --json wrote")->required();
  add_reports(*merge, raw.merge.reports, "Results");
  merge->add_option("--percentiles", raw.percentiles, "Such as 50,90,99.9");
  merge->add_option("--color", raw.merge.color, "auto, always or never")
      ->transform(CLI::CheckedTransformer(kColors));
  return merge;
}

Result<RunArguments> finish_run(RawArguments& raw, const CLI::App& run) {
  RunArguments& it = raw.run;
  live::TransportConfig& transport = it.transport;
  Result<void> read = take_words(raw);
  const auto then = [&](const char* option, const std::string& text, auto reader, auto& into) {
    if (read) {
      read = take(run, option, text, reader, into);
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
  if (!read) {
    return tl::unexpected(read.error());
  }
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
  if (it.what.empty() && it.config.empty()) {
    return proxy::fail("a URL, a load file or --config is required");
  }
  if (it.sizing && (it.requests > 0 || it.single_run)) {
    return proxy::fail("--sizing decides how much is sent: no --requests, no --single-run");
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
  if (transport.tls.certificate_chain.empty() != transport.tls.private_key.empty()) {
    return proxy::fail("--cert and --key belong together");
  }
  return it;
}

Result<MergeArguments> finish_merge(RawArguments& raw) {
  if (!raw.percentiles.empty()) {
    auto quantiles = quantiles_value(raw.percentiles);
    if (!quantiles) {
      return proxy::fail("--percentiles: " + quantiles.error().message + ", expected " +
                         quantiles.error().expected);
    }
    raw.merge.quantiles_ppm = std::move(*quantiles);
  }
  return raw.merge;
}

}  // namespace shaketable::loadgen::app
