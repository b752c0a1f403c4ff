#include "engine/cli/arguments.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <CLI/CLI.hpp>

#include "engine/cli/arguments_definition.h"
#include "engine/cli/command_help.h"
#include "engine/cli/report_formats.h"
#include "engine/cli/tolerance.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "proxy/base/assert.h"

namespace shaketable::engine {
namespace {

Message usage(const std::string& text) {
  return {.text = "shaketable: " + text + "\nTry `shaketable --help`.\n", .is_error = true};
}

// Two texts in one file would be neither.
std::optional<Message> refuse_twice(std::vector<std::string> targets) {
  std::erase(targets, "");
  std::sort(targets.begin(), targets.end());
  const auto twice = std::adjacent_find(targets.begin(), targets.end());
  if (twice == targets.end()) {
    return std::nullopt;
  }
  return usage("two outputs go to '" + *twice + "'");
}

// What CLI11 cannot know.
std::optional<Message> check_run(const RunArguments& run) {
  if (run.files.size() > 1 && (!run.json.empty() || !run.html.empty())) {
    return usage("--json and --html hold one scenario; use --out-dir for several");
  }
  if (run.files.size() > 1 && !run.exports.options().empty()) {
    return usage(run.exports.options().front() + " holds one scenario; run them one by one");
  }
  if (run.open && (run.html.empty() || run.html == "-")) {
    return usage("--open needs --html FILE");
  }
  if (!run.tolerances.empty() && run.baselines.empty()) {
    return usage("--max-regression needs --baseline FILE");
  }
  std::vector<std::string> targets = run.exports.paths();
  targets.insert(targets.end(), {run.json, run.junit, run.html});
  return refuse_twice(std::move(targets));
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

Command run_command_of(RawArguments& raw, const CLI::App& run) {
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

Command compare_command_of(RawArguments& raw, const CLI::App& compare) {
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
  const std::string& opened = it.html.empty() ? it.output : it.html;
  if (it.open && (opened.empty() || opened == "-")) {
    return usage("--open needs --html FILE or -o FILE");
  }
  if (auto message = refuse_twice({it.output, it.html})) {
    return *message;
  }
  if (compare.count("--format") == 0) {
    const ReportFormat* format = format_of_file(it.output);
    it.format = comparison_format(std::string(format == nullptr ? "" : format->name))
                    .value_or(ComparisonFormat::kText);
  }
  return it;
}

Command report_command_of(ReportArguments& report) {
  if (report.format.empty()) {
    const bool is_file = !report.output.empty() && report.output != "-";
    const ReportFormat* format = is_file ? format_of_file(report.output) : find_format("text");
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
  if (report.files.size() > 1 && find_format(report.format)->holds_one) {
    return usage("--format " + report.format + " holds one result");
  }
  if (report.files.size() > 1 && !report.exports.options().empty()) {
    return usage(report.exports.options().front() + " holds one result");
  }
  std::vector<std::string> targets = report.exports.paths();
  targets.push_back(report.output);
  if (auto message = refuse_twice(std::move(targets))) {
    return *message;
  }
  return report;
}

Command capacity_command_of(RawArguments& raw, const CLI::App& capacity) {
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

/// "; did you mean --json?", or nothing when none of the known words is near.
std::string meant_instead(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string nearest = nearest_name(word, known);
  return nearest.empty() ? "" : "; did you mean " + nearest + '?';
}

/// For the first option of the arguments that the command does not have.
std::string option_meant(const CommandHelp& command, std::span<const std::string> arguments) {
  std::vector<std::string_view> known;
  for (const OptionHelp& option : command.options) {
    known.insert(known.end(), option.names.begin(), option.names.end());
  }
  for (const std::string_view argument : arguments.subspan(1)) {
    const std::string_view name = argument.substr(0, argument.find('='));
    if (name.starts_with("--") && std::find(known.begin(), known.end(), name) == known.end()) {
      return meant_instead(name, known);
    }
  }
  return "";
}

Message message_of(const CLI::App& app, const CLI::ParseError& error,
                   std::span<const std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  if (app.exit(error, out, err) == 0) {
    return {.text = out.str(), .is_error = false};
  }
  const std::vector<CommandHelp> commands = command_help();
  std::vector<std::string_view> names;
  for (const CommandHelp& command : commands) {
    if (command.name == arguments.front()) {
      const bool is_unknown = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
      return usage(error.what() + (is_unknown ? option_meant(command, arguments) : std::string()));
    }
    names.emplace_back(command.name);
  }
  return usage(arguments.front().starts_with('-')
                   ? error.what()
                   : "there is no command '" + printable(arguments.front(), 100) + '\'' +
                         meant_instead(arguments.front(), names));
}

Command command_of(const CLI::App& chosen, RawArguments& raw) {
  const std::string& name = chosen.get_name();
  if (name == "run") {
    return run_command_of(raw, chosen);
  }
  if (name == "compare") {
    return compare_command_of(raw, chosen);
  }
  if (name == "report") {
    return report_command_of(raw.report);
  }
  if (name == "check") {
    return raw.check;
  }
  if (name == "capacity") {
    return capacity_command_of(raw, chosen);
  }
  if (name == "init") {
    return raw.init;
  }
  if (name == "query") {
    return raw.query;
  }
  if (name == "schema") {
    return raw.schema;
  }
  if (name == "explain") {
    return raw.explain;
  }
  if (name == "completion") {
    return raw.completion;
  }
  if (name == "man") {
    return ManualArguments{};
  }
  if (name == "doctor") {
    return raw.doctor;
  }
  ASSERT(name == "version");
  return VersionArguments{};
}

}  // namespace

Command parse_arguments(std::span<const std::string> arguments) {
  CLI::App app{program_outline().about, "shaketable"};
  RawArguments raw;
  define_command_line(app, raw);
  if (arguments.empty()) {
    return Message{.text = app.help(), .is_error = true};
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return message_of(app, error, arguments);
  }
  const CLI::App& chosen = *app.get_subcommands().front();
  return command_of(chosen, raw);
}

}  // namespace shaketable::engine
