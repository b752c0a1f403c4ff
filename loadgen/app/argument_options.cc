#include "loadgen/app/argument_options.h"

#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

// The definition of the command line. Help, completions and the manual are made from it, so that
// none of them can lack an option.

namespace shaketable::loadgen::app {
namespace {

using Words = std::vector<std::string>;

const std::map<std::string, engine::ColorChoice> kColors = {
    {"auto", engine::ColorChoice::kAuto},
    {"always", engine::ColorChoice::kAlways},
    {"never", engine::ColorChoice::kNever}};

/// Options of a command that stand together in its help.
class Group {
 public:
  Group(CLI::App& command, std::string title) : command_(command), title_(std::move(title)) {}

  void flag(const char* names, auto& into, const char* help) {
    command_.add_flag(names, into, help)->group(title_);
  }
  /// `type` is what people see: "TIME", "FILE".
  CLI::Option* add(const char* names, auto& into, const char* type, const char* help) {
    return command_.add_option(names, into, help)->type_name(type)->group(title_);
  }
  /// One that may be repeated, a value each time.
  void list(const char* names, Words& into, const char* type, const char* help) {
    add(names, into, type, help)->allow_extra_args(false);
  }
  void number(const char* names, auto& into, const char* help) { add(names, into, "N", help); }
  template <class Number>
  void number(const char* names, Number& into, std::type_identity_t<Number> least,
              std::type_identity_t<Number> most, const char* help) {
    add(names, into, "N", help)->check(CLI::Range(least, most).description(""));
  }
  void word(const char* names, std::string& into, const Words& words, const char* help) {
    std::string type;
    for (const std::string& word : words) {
      type += (type.empty() ? "" : "|") + word;
    }
    add(names, into, type.c_str(), help)->check(CLI::IsMember(words).description(""));
  }
  void color(engine::ColorChoice& into) {
    add("--color", into, "auto|always|never", "Colours (default auto: on terminals)")
        ->transform(CLI::CheckedTransformer(kColors).description(""));
  }

 private:
  CLI::App& command_;
  std::string title_;
};

void add_request(CLI::App& run, RunArguments& it) {
  Group group(run, "The request (of a URL)");
  group.add("-m,--method", it.method, "TEXT", "Method (default GET, with --data POST)");
  group.list("-H,--header", it.headers, "FIELD", "\"name: value\"; may be repeated");
  group.add("--data", it.data, "TEXT", "Body, or @FILE");
  group.add("--content-type", it.content_type, "TEXT", "content-type of the body");
  group.add("-a,--auth", it.user, "USER:PASSWORD", "Basic authentication");
  group.add("--bearer", it.bearer, "TOKEN", "Bearer authentication");
  group.number("--redirects", it.redirects, "Follow so many redirects (default 0)");
}

void add_amount(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  Group group(run, "How much");
  group.number("-c,--concurrency,-w,--workers", raw.workers, 1, 1'000'000,
               "Workers: each waits for its answer (default 10)");
  group.add("-d,--duration", raw.duration, "TIME", "Such as 10s; bare numbers are seconds");
  group.number("-n,--requests", it.requests, "So many requests, then the end");
  group.number("-r,--max-runs", raw.max_runs, "Runs of each worker");
  group.add("--rate", raw.rate, "RATE", "Open loop: arrivals that do not wait, such as 2000/s");
  group.word("--arrivals", it.arrivals, {"constant", "poisson"},
             "How they come (default constant)");
  group.number("--max-in-flight", it.max_in_flight, "Open loop: at once; 0 = any number");
  group.word("--when-full", it.when_full, {"drop", "wait"}, "What then (default drop)");
  group.add("--ramp-up", raw.ramp_up, "TIME", "Workers begin spread over this time");
  group.add("--delay", raw.delay, "TIME", "Pause of a worker after each run");
  group.number("--seed", raw.seed, "Of all that is random (default 1)");
  group.add("-s,--single-mode", it.single_mode, "NAME", "Only this journey");
  group.flag("--single-run", it.single_run, "Each worker runs every journey once");
}

void add_network(CLI::App& run, RawArguments& raw) {
  live::TransportConfig& it = raw.run.transport;
  Group group(run, "Connections");
  group.word("--http", raw.run.http, {"1", "2", "any"}, "Version (default: ALPN decides; else 1)");
  group.number("--streams", it.streams, 1, 10'000,
               "HTTP/2: requests at once on a connection (default 1)");
  group.number("--connections", raw.connections,
               "At most, of a thread (default: as workers need, 4096 for arrivals; 0 = any)");
  group.word("--reuse", raw.reuse, {"shared", "session", "never"},
             "Whose connections (default shared; session: of a worker, never: one a request)");
  group.number("--requests-per-connection", it.max_requests, "Then a new one; 0 = no limit");
  group.add("--timeout", raw.timeout, "TIME",
            "Of a request (default: the file's, or 30s; 0 = none)");
  group.add("--connect-timeout", raw.connect_timeout, "TIME", "With TLS (default 10s)");
  group.add("--idle-timeout", raw.idle_timeout, "TIME", "Without a byte of an answer");
  group.add("--max-body", raw.max_body, "SIZE", "Of an answer (default 1GiB)");
  group.number("--max-head", it.max_head_bytes, "Of an answer, in bytes (default 65536)");
  group.add("--ca", it.tls.trusted_ca, "FILE", "PEM: authorities (default: the system's)");
  group.add("--cert", it.tls.certificate_chain, "FILE", "PEM, mutual TLS");
  group.add("--key", it.tls.private_key, "FILE", "PEM, mutual TLS");
  group.add("--server-name", it.tls.server_name, "NAME", "SNI, and the name that is verified");
  group.flag("-k,--insecure", it.tls.accepts_any_certificate, "Believe any certificate");
  group.flag("--tls-resume", it.resume_tls, "New connections resume TLS sessions");
  group.add("--proxy", it.proxy_address, "HOST:PORT", "HTTP proxy");
  group.list("--resolve", raw.run.resolve, "NAME:ADDRESS", "Instead of a look-up; may be repeated");
  group.word("--dns", raw.dns, {"once", "ttl", "each"},
             "Look up names once (default), ttl (again), each (connection)");
}

void add_generator(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  Group group(run, "The generator");
  group.number("-t,--threads", it.threads, 1, 1024, "Threads that share the load (default 1)");
  group.number("-p,--processes", raw.processes, 1, 1024, "Molotov's: each carries out all workers");
  group.add("--shard", raw.share, "I/N", "This generator's part of the load, such as 1/4");
  group.add("--start-at", it.start_at, "WHEN", "Unix time in seconds, or +10s from now");
  group.add("--grace", raw.grace, "TIME", "For what is under way at the end (default 5s)");
  group.flag("--yes", it.yes, "More than 1000 requests a second at another machine");
}

void add_sizing(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  Group group(run, "Sizing: the highest load that meets the thresholds");
  group.flag("--sizing", it.sizing,
             "Search from the given size on: doubled until it fails, halved, confirmed");
  group.number("--sizing-tolerance", it.sizing_tolerance_percent, 0, 100,
               "Percent of requests that may fail (default 5)");
  group.number("--sizing-max", it.sizing_most,
               "Try no more workers, or requests/s (default 10000 workers, a million/s)");
  group.number("--sizing-precision", it.sizing_precision_percent, 0.1, 100,
               "Percent between what holds and what fails (default 5)");
  group.number("--sizing-confirm", it.sizing_confirmations, 0, 100,
               "Further trials of it (default 1)");
  group.add("--sizing-trial", raw.sizing_trial, "TIME", "Length of a trial (default 10s)");
  group.add("--sizing-settle", raw.sizing_settle, "TIME", "Before it counts (default 2s)");
}

void add_emit(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  Group group(run, "Instead of a run");
  group.word("--emit", it.emit, {"kubernetes", "slurm", "parallel", "load-file"},
             "Print what starts several generators, or a load file (from --config)");
  group.number("--generators", it.generators, 1, 10'000,
               "Pods, tasks or processes that share the load (default 4)");
  group.add("--image", it.image, "NAME", "Container image with shaketable-load");
}

void add_reports(Group& group, ReportFiles& it) {
  group.add("--json", it.json, "FILE",
            "Result as JSON, for `merge` and programs; - = standard output");
  group.add("--html", it.html, "FILE", "Result as a page: charts, distribution, tables");
  group.add("--csv", it.csv, "FILE", "A row for each journey, step and tag");
  group.add("--csv-series", it.csv_series, "FILE", "A row for each second");
  group.add("--junit", it.junit, "FILE", "Thresholds as test cases, for CI");
  group.add("--prometheus", it.prometheus, "FILE",
            "Counters and histograms in Prometheus' text format");
}

void add_output(CLI::App& run, RawArguments& raw) {
  RunArguments& it = raw.run;
  Group group(run, "Results");
  group.flag("-x,--exception", it.stop_on_failure, "End at the first failed run");
  group.number("-f,--fail", it.fail, "Exit code 1 from so many failed runs on");
  group.list("--threshold", it.thresholds, "CONDITION",
             "Exit code 1 unless it holds: \"p99 < 300ms\"; may be repeated");
  group.list("--abort-unless", it.abort_thresholds, "CONDITION",
             "The same, and the run ends once it is missed beyond doubt");
  add_reports(group, it.reports);
  group.add("--ndjson", it.ndjson, "FILE", "A line of JSON each second while it runs");
  group.flag("--statsd", raw.statsd, "Send metrics to statsd while it runs");
  group.add("--statsd-address", raw.statsd_address, "ADDRESS",
            "Where to (default udp://127.0.0.1:8125)");
  group.add("--statsd-prefix", it.statsd_prefix, "TEXT", "Begin of keys (default shaketable_load)");
  group.add("--percentiles", raw.percentiles, "LIST", "Such as 50,90,99.9");
  group.add("--console-update", raw.console_update, "TIME", "Time between two lines of progress");
  group.flag("-q,--quiet", it.quiet, "Nothing but errors");
  group.flag("-v,--verbose", it.verbose, "Tell errors as they come");
  group.color(it.color);
}

void add_run(CLI::App& app, RawArguments& raw) {
  raw.run.transport.streams = 1;
  CLI::App& run = *app.add_subcommand("run", "Puts load on a URL, or carries out a file");
  run.add_option("WHAT", raw.run.what, "URL, host:port or load file")->type_name("");
  Group group(run, "Options");
  group.add("--target", raw.run.target, "URL", "Where the load of a file goes");
  group.add("--config", raw.run.config, "FILE",
            "molotov.json, whose test WHAT (default: test) says how much");
  group.list("--set", raw.run.overrides, "KEY=VALUE", "Instead of what the file says");
  add_amount(run, raw);
  add_request(run, raw.run);
  add_network(run, raw);
  add_generator(run, raw);
  add_output(run, raw);
  add_sizing(run, raw);
  add_emit(run, raw);
}

void add_merge(CLI::App& app, RawArguments& raw) {
  CLI::App& merge =
      *app.add_subcommand("merge", "Adds up results of several generators; of one: its reports");
  merge.add_option("FILE", raw.merge.files, "What --json wrote")->required()->type_name("");
  Group group(merge, "Results");
  add_reports(group, raw.merge.reports);
  group.list("--threshold", raw.merge.thresholds, "CONDITION",
             "Exit code 1 unless it holds of the sum; may be repeated");
  group.add("--percentiles", raw.percentiles, "LIST", "Such as 50,90,99.9");
  group.color(raw.merge.color);
}

}  // namespace

void define_command_line(CLI::App& app, RawArguments& raw) {
  add_run(app, raw);
  add_merge(app, raw);
  engine::add_help_commands(app, raw.completion);
  app.add_subcommand("version", "Prints the version");
  app.add_subcommand("help", "Explains the program or a command");
}

}  // namespace shaketable::loadgen::app
