#include "engine/cli/arguments_definition.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

#include "engine/cli/command_help.h"
#include "engine/cli/report_formats.h"
#include "engine/cli/templates.h"

namespace shaketable::engine {
namespace {

constexpr std::uint64_t kMostRuns = 10'000;

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

// CLI11 takes -1 for the largest number there is, and cuts what is larger.
CLI::Validator seed_of_64_bits() {
  return CLI::Validator(
      [](const std::string& text) {
        std::uint64_t seed = 0;
        const char* const end = text.data() + text.size();
        const auto [read, error] = std::from_chars(text.data(), end, seed);
        return error == std::errc() && read == end
                   ? std::string()
                   : "'" + text + "' is not a whole number from 0 to 18446744073709551615";
      },
      "");
}

// What `run` and `compare` share.
void add_seeds(CLI::App& app, RawArguments& raw) {
  app.add_option("--seed", raw.seed, "Seed of all randomness, instead of the file's")
      ->type_name("N")
      ->check(seed_of_64_bits());
  app.add_option("--runs", raw.runs,
                 "Runs each scenario with so many seeds, SEED, SEED+1 and on, and gives intervals "
                 "[1]")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, kMostRuns).description(""));
}

void add_tolerances(CLI::App& app, RawArguments& raw) {
  app.add_option("--max-regression", raw.tolerances,
                 "How much worse a figure may be, as p99=10%, success_rate=0.1pp, p99:cart=5ms, "
                 "p99:*=20% (each service); may be given several times "
                 "[p99=10% success_rate=0.1pp, of all requests]")
      ->type_name("METRIC[:SUBJECT]=AMOUNT")
      ->allow_extra_args(false);
}

void add_jobs(CLI::App& app, std::size_t& jobs) {
  app.add_option("-j,--jobs", jobs, "Makes so many runs at a time [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 256).description(""));
}

void add_page_size(CLI::App& app, double& megabytes) {
  app.add_option("--report-max-mb", megabytes,
                 "A page stays below so many megabytes, and says what it leaves out [2]")
      ->type_name("MB")
      ->check(CLI::Range(0.25, 1000.0).description(""))
      ->group("Output");
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
}

void add_keep(CLI::App& run, ExportArguments& it) {
  run.add_option("--keep", it.keep,
                 "Hops and calls that exported requests may have in all; beyond, a share of the "
                 "requests is kept [20000; 300000 for logs and records]")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000'000).description(""))
      ->group("Exports");
}

CLI::App* add_run(CLI::App& app, RawArguments& raw) {
  CLI::App* run = app.add_subcommand("run", "Runs scenarios and judges them");
  RunArguments& it = raw.run;
  run->add_option("FILE", it.files, "Scenario files")->required()->type_name("");
  add_seeds(*run, raw);
  run->add_option("--runs-required", it.runs_required,
                  "Runs of --runs in which each expectation must hold [all]")
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
  run->add_option(
         "--out-dir", it.out_dir,
         "Writes SCENARIO-SEED.json, .xml and .html for each scenario into this folder, and "
         "index.html over all of them")
      ->type_name("DIR")
      ->group("Output");
  add_page_size(*run, it.page_megabytes);
  add_exports(*run, it.exports);
  add_keep(*run, it.exports);
  run->add_flag("--open", it.open, "Opens the page of --html when it is written")->group("Output");
  run->add_option("--baseline", it.baselines,
                  "JSON result to compare with; for several scenarios one each, found by name")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group("Comparison");
  add_tolerances(*run, raw);
  run->get_option("--max-regression")->group("Comparison");
  add_choice(*run, "--format", it.format, format_words(), "What standard output shows [text]");
  static const std::map<std::string, AnnotationChoice> kAnnotations{
      {"auto", AnnotationChoice::kAuto},
      {"github", AnnotationChoice::kGithub},
      {"none", AnnotationChoice::kOff}};
  add_choice(*run, "--annotations", it.annotations, kAnnotations,
             "Marks what did not hold in the lines of a GitHub change [auto]");
  run->add_flag("--watch", it.watch, "Runs again whenever a file changes; Ctrl-C ends");
  run->add_flag("-q,--quiet", it.quiet, "Prints no summary and no progress");
  run->add_flag("-v,--verbose", it.verbose, "Says what is read, run and written");
  run->add_flag("--no-progress", it.no_progress, "Prints no progress");
  add_choice(*run, "--color", it.color, color_words(), "Colours on standard output [auto]");
  add_jobs(*run, it.jobs);
  run->add_flag("--exit-zero", it.exit_zero,
                "Returns 0 even when an expectation does not hold or a regression is found");
  return run;
}

const std::map<std::string, ComparisonFormat>& comparison_words() {
  static const std::map<std::string, ComparisonFormat> kWords{
      {"text", ComparisonFormat::kText},
      {"json", ComparisonFormat::kJson},
      {"html", ComparisonFormat::kHtml},
      {"markdown", ComparisonFormat::kMarkdown}};
  return kWords;
}

CLI::App* add_compare(CLI::App& app, RawArguments& raw) {
  CLI::App* compare =
      app.add_subcommand("compare", "Compares two runs: results, or scenarios that are run now");
  CompareArguments& it = raw.compare;
  compare->add_option("FILE", raw.compared, "Before and after: JSON results or scenario files")
      ->required()
      ->expected(1, 2)
      ->type_name("");
  add_seeds(*compare, raw);
  compare->add_option("--set", raw.set_both, "Changes a value of both scenarios")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  compare
      ->add_option("--set-after", raw.set_after,
                   "Changes a value of the second one alone; then one file is enough")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  compare->add_option("--duration", raw.duration, "Virtual time to simulate, as 30s")
      ->type_name("TIME");
  add_tolerances(*compare, raw);
  compare->add_option("-o,--output", it.output, "Where to [standard output]")->type_name("FILE");
  add_choice(*compare, "--format", it.format, comparison_words(),
             "What to write [by the ending, else text]");
  compare->add_option("--html", it.html, "Writes a page with both runs in its charts, besides")
      ->type_name("FILE");
  add_page_size(*compare, it.page_megabytes);
  compare->get_option("--report-max-mb")->group("Options");
  compare->add_flag("--open", it.open, "Opens what was written to --html, or else to -o");
  compare->add_flag("--no-progress", it.no_progress, "Prints no progress");
  add_choice(*compare, "--color", it.color, color_words(), "Colours on standard output [auto]");
  add_jobs(*compare, it.jobs);
  compare->add_flag("--exit-zero", it.exit_zero, "Returns 0 even when there is a regression");
  return compare;
}

CLI::App* add_report(CLI::App& app, RawArguments& raw) {
  CLI::App* report =
      app.add_subcommand("report", "Writes the report of a run from its JSON result");
  ReportArguments& it = raw.report;
  report->add_option("RESULT", it.files, "Files that `run --json` wrote")
      ->required()
      ->type_name("");
  report->add_option("-o,--output", it.output, "Where to; its ending chooses the format")
      ->type_name("FILE");
  report->add_option("--format", it.format, "What to write [by the ending, else text]")
      ->type_name(format_names());
  add_page_size(*report, it.page_megabytes);
  report->get_option("--report-max-mb")->group("Options");
  add_exports(*report, it.exports);
  report->add_flag("--open", it.open, "Opens what was written to -o");
  add_choice(*report, "--color", it.color, color_words(), "Colours on standard output [auto]");
  return report;
}

CLI::App* add_check(CLI::App& app, RawArguments& raw) {
  CLI::App* check =
      app.add_subcommand("check", "Checks scenario, mesh and policy files without running them");
  check->add_option("FILE", raw.check.files, "Files")->required()->type_name("");
  add_overrides(*check, raw.check.overrides);
  add_choice(*check, "--color", raw.check.color, color_words(), "Colours [auto]");
  return check;
}

CLI::App* add_capacity(CLI::App& app, RawArguments& raw) {
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
      ->type_name("N")
      ->check(seed_of_64_bits());
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

CLI::App* add_init(CLI::App& app, RawArguments& raw) {
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

CLI::App* add_query(CLI::App& app, RawArguments& raw) {
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

}  // namespace

void define_command_line(CLI::App& app, RawArguments& raw) {
  app.require_subcommand(1);
  app.get_formatter()->column_width(28);
  add_run(app, raw);
  add_compare(app, raw);
  add_report(app, raw);
  add_check(app, raw);
  add_capacity(app, raw);
  add_init(app, raw);
  add_query(app, raw);
  CLI::App* schema = app.add_subcommand("schema", "Prints the JSON Schema of a format");
  schema
      ->add_option("FORMAT", raw.schema.format, "scenario (and mesh), result or ndjson [scenario]")
      ->type_name("");
  CLI::App* explain = app.add_subcommand("explain", "Says what a code such as ST1103 means");
  explain->add_option("CODE", raw.explain.code, "The code")->required()->type_name("");
  add_help_commands(app, raw.completion);
  CLI::App* doctor =
      app.add_subcommand("doctor", "Looks whether everything that is needed is there and works");
  add_choice(*doctor, "--color", raw.doctor.color, color_words(), "Colours [auto]");
  app.add_subcommand("version", "Prints the version");
  app.footer(help_footer(program_outline()));  // After the commands, which would repeat it.
}

std::optional<ComparisonFormat> comparison_format(const std::string& name) {
  const auto found = comparison_words().find(name);
  return found == comparison_words().end() ? std::nullopt : std::optional(found->second);
}

}  // namespace shaketable::engine
