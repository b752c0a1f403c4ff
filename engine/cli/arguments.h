#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/cli/exports.h"
#include "engine/cli/streams.h"

namespace shaketable::engine {

enum class SummaryFormat { kText, kJson, kMarkdown, kNdjson };
/// Whether annotations for GitHub are printed; kAuto = when GITHUB_ACTIONS says so.
enum class AnnotationChoice { kAuto, kGithub, kOff };

struct RunArguments {
  std::vector<std::string> files;
  std::vector<std::string> overrides;  ///< `--set`, `--duration` among them.
  std::optional<std::uint64_t> seed;
  std::string json, junit, html;  ///< Output paths; empty = not asked for, "-" = standard output.
  std::string out_dir;
  ExportArguments exports;
  SummaryFormat format = SummaryFormat::kText;
  AnnotationChoice annotations = AnnotationChoice::kAuto;
  bool quiet = false;
  bool no_progress = false;
  bool exit_zero = false;
  ColorChoice color = ColorChoice::kAuto;
  std::size_t jobs = 1;
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

enum class QueryFormat { kTable, kCsv, kJson };

struct QueryArguments {
  std::string file;
  std::string statement;
  QueryFormat format = QueryFormat::kTable;
  std::uint64_t rows = 10'000;
  std::uint32_t timeout_seconds = 30;
};

struct SchemaArguments {};
struct VersionArguments {};

/// Nothing to run: help that was asked for (code 0, for standard output) or a wrong argument (code
/// 2, for standard error).
struct Message {
  std::string text;
  bool is_error = false;
};

using Command =
    std::variant<Message, RunArguments, CheckArguments, CapacityArguments, InitArguments,
                 ExplainArguments, QueryArguments, SchemaArguments, VersionArguments>;

/// Reads the arguments behind the program's name. Combinations that cannot work (`--json` for
/// several scenarios, two outputs to one file) are refused here.
[[nodiscard]] Command parse_arguments(std::span<const std::string> arguments);

}  // namespace shaketable::engine
