#include "engine/cli/arguments.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

#include "engine/cli/report_formats.h"
#include "engine/cli/templates.h"
#include "engine/cli/tolerance.h"

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
    "  shaketable run shop.yaml --runs 10 -j 2 --json after.json --baseline before.json\n"
    "  shaketable compare shop.yaml --set-after services.catalog.instances=5\n"
    "  shaketable report result.json -o page.html\n"
    "  shaketable check shop.yaml\n"
    "\n"
    "Exit codes:\n"
    "  0 passed   1 an expectation did not hold   2 wrong arguments or an unusable file\n"
    "  3 the run or its output failed   4 a regression against a baseline\n"
    "  130 interrupted (the result so far is written)\n"
    "\n"
    "`shaketable COMMAND --help` lists the options of a command.";

// Everything CLI11 fills, before it becomes one command.
struct Raw {
  RunArguments run;
  CompareArguments compare;
  std::vector<std::string> compared;  ///< One or two files.
  std::vector<std::string> set_both, set_after;
  std::vector<std::string> tolerances;
  ReportArguments report;
  CheckArguments check;
  InitArguments init;
  ExplainArguments explain;
  std::string duration;
  std::uint64_t seed = 0;
  std::uint64_t runs = 1;
};

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
                                                           {"markdown", SummaryFormat::kMarkdown}};
  return kWords;
}

template <class Value>
void add_choice(CLI::App& app, const std::string& name, Value& value,
                const std::map<std::string, Value>& words, const std::string& help) {
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
      ->type_name(allowed);
}

void add_overrides(CLI::App& app, std::vector<std::string>& overrides) {
  app.add_option("--set", overrides,
                 "Changes a value of the file for this run, as services.catalog.instances=5; may "
                 "be given several times")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

// What `run` and `compare` share.
void add_seeds(CLI::App& app, Raw& raw) {
  app.add_option("--seed", raw.seed, "Seed of all randomness, instead of the file's")
      ->type_name("N");
  app.add_option("--runs", raw.runs,
                 "Runs each scenario with so many seeds, SEED, SEED+1 and on, and gives intervals "
                 "[1]")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, kMostRuns).description(""));
}

void add_tolerances(CLI::App& app, Raw& raw) {
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

CLI::App* add_run(CLI::App& app, Raw& raw) {
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
  run->add_option("--html", it.html, "Writes a page to look at, one file without scripts")
      ->type_name("FILE")
      ->group("Output");
  run->add_option("--out-dir", it.out_dir,
                  "Writes SCENARIO-SEED.json, .xml and .html for each scenario into this folder")
      ->type_name("DIR")
      ->group("Output");
  run->add_flag("--open", it.open, "Opens the page of --html when it is written")->group("Output");
  run->add_option("--baseline", it.baselines,
                  "JSON result to compare with; for several scenarios one each, found by name")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group("Comparison");
  add_tolerances(*run, raw);
  run->get_option("--max-regression")->group("Comparison");
  add_choice(*run, "--format", it.format, format_words(), "What standard output shows [text]");
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
      {"markdown", ComparisonFormat::kMarkdown}};
  return kWords;
}

CLI::App* add_compare(CLI::App& app, Raw& raw) {
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
  compare->add_option("--set-after", raw.set_after,
                      "Changes a value of the second one alone; then one file is enough")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  compare->add_option("--duration", raw.duration, "Virtual time to simulate, as 30s")
      ->type_name("TIME");
  add_tolerances(*compare, raw);
  compare->add_option("-o,--output", it.output, "Where to [standard output]")->type_name("FILE");
  add_choice(*compare, "--format", it.format, comparison_words(),
             "What to write [by the ending, else text]");
  compare->add_flag("--open", it.open, "Opens what was written to -o");
  compare->add_flag("--no-progress", it.no_progress, "Prints no progress");
  add_choice(*compare, "--color", it.color, color_words(), "Colours on standard output [auto]");
  add_jobs(*compare, it.jobs);
  compare->add_flag("--exit-zero", it.exit_zero, "Returns 0 even when there is a regression");
  return compare;
}

CLI::App* add_report(CLI::App& app, Raw& raw) {
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
  report->add_flag("--open", it.open, "Opens what was written to -o");
  add_choice(*report, "--color", it.color, color_words(), "Colours on standard output [auto]");
  return report;
}

CLI::App* add_check(CLI::App& app, Raw& raw) {
  CLI::App* check =
      app.add_subcommand("check", "Checks scenario, mesh and policy files without running them");
  check->add_option("FILE", raw.check.files, "Files")->required()->type_name("");
  add_overrides(*check, raw.check.overrides);
  add_choice(*check, "--color", raw.check.color, color_words(), "Colours [auto]");
  return check;
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

Message usage(const std::string& text) {
  return {.text = "shaketable: " + text + "\nTry `shaketable --help`.\n", .is_error = true};
}

// What CLI11 cannot know.
std::optional<Message> check_run(const RunArguments& run) {
  if (run.files.size() > 1 && (!run.json.empty() || !run.html.empty())) {
    return usage("--json and --html hold one scenario; use --out-dir for several");
  }
  if (run.open && (run.html.empty() || run.html == "-")) {
    return usage("--open needs --html FILE");
  }
  if (!run.tolerances.empty() && run.baselines.empty()) {
    return usage("--max-regression needs --baseline FILE");
  }
  std::vector<std::string> targets;
  for (const std::string* path : {&run.json, &run.junit, &run.html}) {
    if (!path->empty()) {
      targets.push_back(*path);
    }
  }
  std::sort(targets.begin(), targets.end());
  const auto twice = std::adjacent_find(targets.begin(), targets.end());
  if (twice != targets.end()) {
    return usage("two outputs go to '" + *twice + "'");
  }
  return std::nullopt;
}

std::optional<Message> read_tolerances(const std::vector<std::string>& texts,
                                       std::vector<Tolerance>& tolerances) {
  for (const std::string& text : texts) {
    auto tolerance = parse_tolerance(text);
    if (!tolerance) {
      return usage("--max-regression: " + tolerance.error().message + " (expected " +
                   tolerance.error().expected + ')');
    }
    tolerances.push_back(std::move(*tolerance));
  }
  return std::nullopt;
}

Command run_command_of(Raw& raw, const CLI::App& run) {
  RunArguments& it = raw.run;
  it.runs = raw.runs;
  if (run.count("--seed") > 0) {
    it.seed = raw.seed;
  }
  if (run.count("--duration") > 0) {
    it.overrides.push_back("run.duration=" + raw.duration);
  }
  if (auto message = read_tolerances(raw.tolerances, it.tolerances)) {
    return *message;
  }
  if (auto message = check_run(it)) {
    return *message;
  }
  if (run.count("--runs-required") > 0 && (it.runs_required < 1 || it.runs_required > it.runs)) {
    return usage("--runs-required must be from 1 to the number of --runs, " +
                 std::to_string(it.runs));
  }
  return it;
}

Command compare_command_of(Raw& raw, const CLI::App& compare) {
  CompareArguments& it = raw.compare;
  if (raw.compared.size() == 1 && raw.set_after.empty()) {
    return usage("compare needs two files, or one with --set-after");
  }
  it.files = {raw.compared.front(), raw.compared.back()};
  it.runs = raw.runs;
  if (compare.count("--seed") > 0) {
    it.seed = raw.seed;
  }
  if (compare.count("--duration") > 0) {
    raw.set_both.push_back("run.duration=" + raw.duration);
  }
  it.overrides = {raw.set_both, raw.set_both};
  it.overrides[1].insert(it.overrides[1].end(), raw.set_after.begin(), raw.set_after.end());
  if (auto message = read_tolerances(raw.tolerances, it.tolerances)) {
    return *message;
  }
  if (it.open && (it.output.empty() || it.output == "-")) {
    return usage("--open needs -o FILE");
  }
  if (compare.count("--format") == 0) {
    const ReportFormat* format = format_of_file(it.output);
    const auto found =
        comparison_words().find(std::string(format == nullptr ? "" : format->name));
    it.format = found == comparison_words().end() ? ComparisonFormat::kText : found->second;
  }
  return it;
}

Command report_command_of(ReportArguments& report) {
  if (report.format.empty()) {
    const bool is_file = !report.output.empty() && report.output != "-";
    const ReportFormat* format =
        is_file ? format_of_file(report.output) : find_format("text");
    if (format == nullptr) {
      return usage("the ending of '" + report.output + "' tells no format; give --format " +
                   format_names());
    }
    report.format = format->name;
  }
  if (find_format(report.format) == nullptr) {
    return usage("--format: '" + report.format + "' is none of " + format_names());
  }
  if (report.open && (report.output.empty() || report.output == "-")) {
    return usage("--open needs -o FILE");
  }
  if (report.files.size() > 1 && (report.format == "json" || report.format == "html")) {
    return usage("--format " + report.format + " holds one result");
  }
  return report;
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
  const CLI::App* compare = add_compare(app, raw);
  const CLI::App* report = add_report(app, raw);
  const CLI::App* check = add_check(app, raw);
  const CLI::App* init = add_init(app, raw);
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
  if (compare->parsed()) {
    return compare_command_of(raw, *compare);
  }
  if (report->parsed()) {
    return report_command_of(raw.report);
  }
  if (check->parsed()) {
    return raw.check;
  }
  if (init->parsed()) {
    return raw.init;
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
