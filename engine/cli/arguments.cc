#include "engine/cli/arguments.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

#include "engine/cli/templates.h"

namespace shaketable::engine {
namespace {

constexpr char kAbout[] =
    "Shaketable runs a service mesh in virtual time, breaks it as a scenario says,\n"
    "and judges whether it held.";

constexpr char kFooter[] =
    "Examples:\n"
    "  shaketable init && shaketable run scenario.yaml\n"
    "  shaketable run scenarios/*.yaml -j 2 --junit results.xml\n"
    "  shaketable run shop.yaml --seed 7 --set services.catalog.instances=5 --html page.html\n"
    "  shaketable check shop.yaml\n"
    "  shaketable capacity shop.yaml --slo 'p99 < 300ms' --slo 'error_rate < 1%'\n"
    "\n"
    "Exit codes:\n"
    "  0 passed   1 an expectation did not hold   2 wrong arguments or an unusable file\n"
    "  3 the run or its output failed   130 interrupted (the result so far is written)\n"
    "\n"
    "`shaketable COMMAND --help` lists the options of a command.";

// Everything CLI11 fills, before it becomes one command.
struct Raw {
  RunArguments run;
  CheckArguments check;
  CapacityArguments capacity;
  InitArguments init;
  ExplainArguments explain;
  QueryArguments query;
  std::string duration;
  std::uint64_t seed = 0;
  std::uint64_t capacity_seed = 0;
};

const std::map<std::string, ColorChoice>& color_words() {
  static const std::map<std::string, ColorChoice> kWords{{"auto", ColorChoice::kAuto},
                                                         {"always", ColorChoice::kAlways},
                                                         {"never", ColorChoice::kNever}};
  return kWords;
}

const std::map<std::string, SummaryFormat>& format_words() {
  static const std::map<std::string, SummaryFormat> kWords{{"text", SummaryFormat::kText},
                                                           {"json", SummaryFormat::kJson},
                                                           {"markdown", SummaryFormat::kMarkdown},
                                                           {"ndjson", SummaryFormat::kNdjson}};
  return kWords;
}

template <class Value>
void add_choice(CLI::App& app, const std::string& name, Value& value,
                const std::map<std::string, Value>& words, const std::string& help,
                const std::string& group = "Options") {
  std::string allowed;
  for (const auto& [word, unused] : words) {
    allowed += (allowed.empty() ? "" : "|") + word;
  }
  app.add_option_function<std::string>(
         name,
         [&value, &words, name, allowed](const std::string& word) {
           const auto found = words.find(word);
           if (found == words.end()) {
             throw CLI::ValidationError(name, "'" + word + "' is none of " + allowed);
           }
           value = found->second;
         },
         help)
      ->type_name(allowed)
      ->group(group);
}

void add_overrides(CLI::App& app, std::vector<std::string>& overrides) {
  app.add_option("--set", overrides,
                 "Changes a value of the file for this run, as services.catalog.instances=5; may "
                 "be given several times")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

void add_exports(CLI::App& run, ExportArguments& it) {
  const auto add = [&run](const char* name, std::string& path, const char* help) {
    run.add_option(name, path, help)->type_name("FILE")->group("Exports");
  };
  static const std::map<std::string, TracesFormat> kTraces{{"otlp", TracesFormat::kOtlp},
                                                           {"jaeger", TracesFormat::kJaeger},
                                                           {"zipkin", TracesFormat::kZipkin}};
  static const std::map<std::string, AccessLogFormat> kLogs{{"text", AccessLogFormat::kText},
                                                            {"json", AccessLogFormat::kJson}};
  static const std::map<std::string, MetricsFormat> kMetrics{
      {"prometheus", MetricsFormat::kPrometheus}, {"openmetrics", MetricsFormat::kOpenMetrics}};
  add("--traces", it.traces, "Writes the requests' traces");
  add_choice(run, "--traces-format", it.traces_format, kTraces, "Their form [otlp]", "Exports");
  add("--access-log", it.access_log, "Writes the sidecars' access logs");
  add_choice(run, "--access-log-format", it.access_log_format, kLogs, "Their form [text]",
             "Exports");
  add("--metrics", it.metrics, "Writes metrics by Istio's and Envoy's names");
  add_choice(run, "--metrics-format", it.metrics_format, kMetrics,
             "The last values, or all with virtual timestamps [prometheus]", "Exports");
  add("--kiali", it.kiali, "Writes the graph as Kiali's API gives it");
  add("--ndjson", it.ndjson, "Writes the result as one JSON object a line; see `schema ndjson`");
  add("--record", it.record, "Keeps the run in an SQLite file, for `shaketable query`");
  add("--code-quality", it.code_quality,
      "Writes what did not hold as GitLab's code quality report");
  run.add_option(
         "--csv", it.csv,
         "Writes series.csv, services.csv, edges.csv, events.csv and spans.csv into a folder")
      ->type_name("DIR")
      ->group("Exports");
  run.add_option("--keep", it.keep,
                 "Hops and calls that exported requests may have in all; beyond, a share of the "
                 "requests is kept [20000; 300000 for logs and records]")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000'000).description(""))
      ->group("Exports");
}

CLI::App* add_run(CLI::App& app, Raw& raw) {
  CLI::App* run = app.add_subcommand("run", "Runs scenarios and judges them");
  RunArguments& it = raw.run;
  run->add_option("FILE", it.files, "Scenario files")->required()->type_name("");
  run->add_option("--seed", raw.seed, "Seed of all randomness, instead of the file's")
      ->type_name("N");
  add_overrides(*run, it.overrides);
  run->add_option("--duration", raw.duration, "Virtual time to simulate, as 30s")
      ->type_name("TIME");
  run->add_option("--json", it.json, "Writes the whole result as JSON; - is standard output")
      ->type_name("FILE")
      ->group("Output");
  run->add_option("--junit", it.junit, "Writes JUnit XML for a CI system")
      ->type_name("FILE")
      ->group("Output");
  run->add_option("--html", it.html, "Writes a page to look at: one file that needs nothing else")
      ->type_name("FILE")
      ->group("Output");
  run->add_option("--out-dir", it.out_dir,
                  "Writes SCENARIO-SEED.json, .xml and .html for each scenario into this folder")
      ->type_name("DIR")
      ->group("Output");
  add_exports(*run, it.exports);
  add_choice(*run, "--format", it.format, format_words(), "What standard output shows [text]");
  static const std::map<std::string, AnnotationChoice> kAnnotations{
      {"auto", AnnotationChoice::kAuto},
      {"github", AnnotationChoice::kGithub},
      {"none", AnnotationChoice::kOff}};
  add_choice(*run, "--annotations", it.annotations, kAnnotations,
             "Marks what did not hold in the lines of a GitHub change [auto]");
  run->add_flag("-q,--quiet", it.quiet, "Prints no summary and no progress");
  run->add_flag("--no-progress", it.no_progress, "Prints no progress");
  add_choice(*run, "--color", it.color, color_words(), "Colours on standard output [auto]");
  run->add_option("-j,--jobs", it.jobs, "Runs so many scenarios at a time [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 256).description(""));
  run->add_flag("--exit-zero", it.exit_zero, "Returns 0 even when an expectation does not hold");
  return run;
}

CLI::App* add_check(CLI::App& app, Raw& raw) {
  CLI::App* check =
      app.add_subcommand("check", "Checks scenario, mesh and policy files without running them");
  check->add_option("FILE", raw.check.files, "Files")->required()->type_name("");
  add_overrides(*check, raw.check.overrides);
  add_choice(*check, "--color", raw.check.color, color_words(), "Colours [auto]");
  return check;
}

CLI::App* add_capacity(CLI::App& app, Raw& raw) {
  CLI::App* capacity =
      app.add_subcommand("capacity", "Finds the highest load that meets the objectives");
  CapacityArguments& it = raw.capacity;
  capacity->add_option("FILE", it.file, "Scenario file")->required()->type_name("");
  capacity
      ->add_option("--slo", it.objectives,
                   "What must hold, as 'p99 < 300ms', 'error_rate of buy < 1%'; may be given "
                   "several times [the load's thresholds, else what the scenario expects]")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  capacity->add_option("--load", it.load, "Only this load grows [all of them]")->type_name("NAME");
  capacity->add_option("--from", it.from, "The first factor of the load that is tried [0.1]")
      ->type_name("FACTOR")
      ->check(CLI::Range(0.001, 1e6).description(""));
  capacity->add_option("--to", it.to, "No factor above it is tried [100]")
      ->type_name("FACTOR")
      ->check(CLI::Range(0.001, 1e6).description(""));
  capacity
      ->add_option("--precision", it.precision_percent,
                   "Ends when the load that fails is this much above the one that holds [5]")
      ->type_name("PERCENT")
      ->check(CLI::Range(0.1, 100.0).description(""));
  capacity->add_option("--seeds", it.seeds, "The answer must hold for so many seeds [5]")
      ->type_name("N")
      ->check(CLI::Range(1, 1000).description(""));
  capacity->add_option("--seed", raw.capacity_seed, "The first seed, instead of the file's")
      ->type_name("N");
  add_overrides(*capacity, it.overrides);
  capacity->add_option("--duration", raw.duration, "Virtual time of a trial, as 30s")
      ->type_name("TIME");
  capacity->add_option("--json", it.json, "Writes the result as JSON; - is standard output")
      ->type_name("FILE")
      ->group("Output");
  add_choice(*capacity, "--format", it.format, format_words(), "What standard output shows [text]");
  capacity->add_flag("-q,--quiet", it.quiet, "Prints no summary and no progress");
  capacity->add_flag("--no-progress", it.no_progress, "Prints no progress");
  add_choice(*capacity, "--color", it.color, color_words(), "Colours on standard output [auto]");
  return capacity;
}

CLI::App* add_init(CLI::App& app, Raw& raw) {
  CLI::App* init = app.add_subcommand("init", "Writes a first scenario and its schema");
  init->add_option("DIR", raw.init.directory, "Where to [the current folder]")->type_name("");
  std::string names;
  for (const ScenarioTemplate& it : scenario_templates()) {
    names += (names.empty() ? "" : "|") + std::string(it.name);
  }
  init->add_option("--template", raw.init.template_name, "Something larger to begin with")
      ->type_name(names);
  return init;
}

CLI::App* add_query(CLI::App& app, Raw& raw) {
  static const std::map<std::string, QueryFormat> kWords{
      {"table", QueryFormat::kTable}, {"csv", QueryFormat::kCsv}, {"json", QueryFormat::kJson}};
  QueryArguments& it = raw.query;
  CLI::App* query = app.add_subcommand("query", "Asks a record (run --record) by an SQL select");
  query->add_option("FILE", it.file, "The record")->required()->type_name("");
  query->add_option("SQL", it.statement, "One select; reports/database/README.md has examples")
      ->required()
      ->type_name("");
  add_choice(*query, "--format", it.format, kWords, "How the answer is printed [table]");
  query->add_option("--rows", it.rows, "Rows at most [10000]")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000'000).description(""));
  query->add_option("--timeout", it.timeout_seconds, "Seconds after which it is stopped [30]")
      ->type_name("S")
      ->check(CLI::Range(1, 86'400).description(""));
  return query;
}

Message usage(const std::string& text) {
  return {.text = "shaketable: " + text + "\nTry `shaketable --help`.\n", .is_error = true};
}

// What CLI11 cannot know.
std::optional<Message> check_run(const RunArguments& run) {
  if (run.files.size() > 1 && (!run.json.empty() || !run.html.empty())) {
    return usage("--json and --html hold one scenario; use --out-dir for several");
  }
  if (run.files.size() > 1 && !run.exports.options().empty()) {
    return usage(run.exports.options().front() + " holds one scenario; run them one by one");
  }
  std::vector<std::string> targets;
  for (const std::string* path : {&run.json, &run.junit, &run.html}) {
    if (!path->empty()) {
      targets.push_back(*path);
    }
  }
  const std::vector<std::string> exports = run.exports.paths();
  targets.insert(targets.end(), exports.begin(), exports.end());
  std::sort(targets.begin(), targets.end());
  const auto twice = std::adjacent_find(targets.begin(), targets.end());
  if (twice != targets.end()) {
    return usage("two outputs go to '" + *twice + "'");
  }
  return std::nullopt;
}

Command run_command_of(Raw& raw, const CLI::App& run) {
  if (run.count("--seed") > 0) {
    raw.run.seed = raw.seed;
  }
  if (run.count("--duration") > 0) {
    raw.run.overrides.push_back("run.duration=" + raw.duration);
  }
  if (auto message = check_run(raw.run)) {
    return *message;
  }
  return raw.run;
}

Command capacity_command_of(Raw& raw, const CLI::App& capacity) {
  if (capacity.count("--seed") > 0) {
    raw.capacity.seed = raw.capacity_seed;
  }
  if (capacity.count("--duration") > 0) {
    raw.capacity.overrides.push_back("run.duration=" + raw.duration);
  }
  if (raw.capacity.from > raw.capacity.to) {
    return usage("--from is above --to");
  }
  if (raw.capacity.format == SummaryFormat::kMarkdown) {
    return usage("--format of a capacity is text or json");
  }
  return raw.capacity;
}

Message message_of(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream err;
  if (app.exit(error, out, err) == 0) {
    return {.text = out.str(), .is_error = false};
  }
  return usage(error.what());
}

}  // namespace

Command parse_arguments(std::span<const std::string> arguments) {
  CLI::App app{kAbout, "shaketable"};
  Raw raw;
  app.require_subcommand(1);
  app.get_formatter()->column_width(28);
  const CLI::App* run = add_run(app, raw);
  const CLI::App* check = add_check(app, raw);
  const CLI::App* capacity = add_capacity(app, raw);
  const CLI::App* init = add_init(app, raw);
  const CLI::App* query = add_query(app, raw);
  const CLI::App* schema =
      app.add_subcommand("schema", "Prints the JSON Schema of scenario and mesh files");
  CLI::App* explain = app.add_subcommand("explain", "Says what a code such as ST1103 means");
  explain->add_option("CODE", raw.explain.code, "The code")->required()->type_name("");
  app.add_subcommand("version", "Prints the version");
  app.footer(kFooter);  // After the commands, which would repeat it.
  if (arguments.empty()) {
    return Message{.text = app.help(), .is_error = true};
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return message_of(app, error);
  }
  if (run->parsed()) {
    return run_command_of(raw, *run);
  }
  if (check->parsed()) {
    return raw.check;
  }
  if (capacity->parsed()) {
    return capacity_command_of(raw, *capacity);
  }
  if (init->parsed()) {
    return raw.init;
  }
  if (query->parsed()) {
    return raw.query;
  }
  if (schema->parsed()) {
    return SchemaArguments{};
  }
  if (explain->parsed()) {
    return raw.explain;
  }
  return VersionArguments{};
}

}  // namespace shaketable::engine
