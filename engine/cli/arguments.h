#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/cli/exports.h"
#include "engine/cli/help_commands.h"
#include "engine/cli/streams.h"
#include "engine/judge/comparison.h"

namespace shaketable::engine {

enum class SummaryFormat { kText, kJson, kMarkdown, kNdjson };
/// Whether annotations for GitHub are printed; kAuto = when GITHUB_ACTIONS says so.
enum class AnnotationChoice { kAuto, kGithub, kOff };

/// How large a page may become unless something else is asked for.
inline constexpr double kPageMegabytes = 2;

struct RunArguments {
  std::vector<std::string> files;
  std::vector<std::string> overrides;  ///< `--set`, `--duration` among them.
  std::optional<std::uint64_t> seed;
  std::string json, junit, html;  ///< Output paths; empty = not asked for, "-" = standard output.
  std::string out_dir;
  ExportArguments exports;
  double page_megabytes = kPageMegabytes;  ///< A page stays below it.
  SummaryFormat format = SummaryFormat::kText;
  AnnotationChoice annotations = AnnotationChoice::kAuto;
  bool quiet = false;
  bool no_progress = false;
  bool verbose = false;
  bool exit_zero = false;
  bool watch = false;
  bool open = false;  ///< The page of `html`, when it is written.
  ColorChoice color = ColorChoice::kAuto;
  std::size_t jobs = 1;
  std::uint64_t runs = 1;           ///< Seeds: the scenario's and those behind it.
  std::uint64_t runs_required = 0;  ///< 0 = all of them.
  std::vector<std::string> baselines;
  std::vector<Tolerance> tolerances;
};

enum class ComparisonFormat { kText, kMarkdown, kJson, kHtml };

struct CompareArguments {
  std::array<std::string, 2> files;  ///< Before and after: results or scenarios.
  /// `--set` of each side; `--duration` among them.
  std::array<std::vector<std::string>, 2> overrides;
  std::optional<std::uint64_t> seed;
  std::uint64_t runs = 1;  ///< Of a side that is a scenario.
  std::size_t jobs = 1;
  std::vector<Tolerance> tolerances;
  std::string output;  ///< Empty: standard output, for people.
  std::string html;    ///< A page besides; empty = not asked for.
  double page_megabytes = kPageMegabytes;
  ComparisonFormat format = ComparisonFormat::kText;
  bool open = false;
  bool no_progress = false;
  bool exit_zero = false;
  ColorChoice color = ColorChoice::kAuto;
};

struct ReportArguments {
  std::vector<std::string> files;  ///< JSON results.
  std::string output;              ///< Empty: standard output, for people.
  std::string format;              ///< Name of a ReportFormat.
  ExportArguments exports;
  double page_megabytes = kPageMegabytes;
  bool open = false;
  ColorChoice color = ColorChoice::kAuto;
};

struct CheckArguments {
  std::vector<std::string> files;
  std::vector<std::string> overrides;
  ColorChoice color = ColorChoice::kAuto;
};

/// `shaketable capacity`: the highest load that meets the objectives.
struct CapacityArguments {
  std::string file;
  std::vector<std::string> overrides;   ///< `--set`, `--duration` among them.
  std::vector<std::string> objectives;  ///< `--slo`; none = the scenario's own.
  std::string load;                     ///< The only load that grows; empty = all.
  double from = 0.1;                    ///< Factor of the load as it is written.
  double to = 100;
  double precision_percent = 5;
  std::uint32_t seeds = 5;
  std::optional<std::uint64_t> seed;
  std::string json;  ///< Empty = not asked for, "-" = standard output.
  SummaryFormat format = SummaryFormat::kText;
  bool quiet = false;
  bool no_progress = false;
  ColorChoice color = ColorChoice::kAuto;
};

struct InitArguments {
  std::string template_name;  ///< Empty = a first scenario of ten lines.
  std::string directory = ".";
};

struct ExplainArguments {
  std::string code;
};

struct SchemaArguments {
  std::string format = "scenario";  ///< "scenario", "result" or "ndjson".
};

struct DoctorArguments {
  ColorChoice color = ColorChoice::kAuto;
};

enum class QueryFormat { kTable, kCsv, kJson };

struct QueryArguments {
  std::string file;
  std::string statement;
  QueryFormat format = QueryFormat::kTable;
  std::uint64_t rows = 10'000;
  std::uint32_t timeout_seconds = 30;
};

struct VersionArguments {};

/// Nothing to run: help that was asked for (code 0, for standard output) or a wrong argument (code
/// 2, for standard error).
struct Message {
  std::string text;
  bool is_error = false;
};

using Command = std::variant<Message, RunArguments, CompareArguments, ReportArguments,
                             CheckArguments, CapacityArguments, InitArguments, ExplainArguments,
                             QueryArguments, SchemaArguments, CompletionArguments, ManualArguments,
                             DoctorArguments, VersionArguments>;

/// Reads the arguments behind the program's name. Combinations that cannot work (`--json` for
/// several scenarios, two outputs to one file) are refused here.
[[nodiscard]] Command parse_arguments(std::span<const std::string> arguments);

}  // namespace shaketable::engine
