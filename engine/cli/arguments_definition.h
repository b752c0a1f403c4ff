#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/cli/arguments.h"

namespace CLI {
class App;
}  // namespace CLI

/// The definition of the command line. Help, completions and the manual are made from it, so that
/// none of them can lack an option.
namespace shaketable::engine {

/// Everything that CLI11 fills, before it becomes one command.
struct RawArguments {
  RunArguments run;
  CompareArguments compare;
  std::vector<std::string> compared;  ///< One or two files.
  std::vector<std::string> set_both, set_after;
  std::vector<std::string> tolerances;
  ReportArguments report;
  CheckArguments check;
  CapacityArguments capacity;
  InitArguments init;
  ExplainArguments explain;
  QueryArguments query;
  SchemaArguments schema;
  CompletionArguments completion;
  DoctorArguments doctor;
  std::string duration;
  std::uint64_t seed = 0;
  std::uint64_t capacity_seed = 0;
  std::uint64_t runs = 1;
};

/// Adds all commands with their options, which fill `raw` when `app` parses.
void define_command_line(CLI::App& app, RawArguments& raw);

/// What comparisons are called on the command line; "html" and so on.
[[nodiscard]] std::optional<ComparisonFormat> comparison_format(const std::string& name);

}  // namespace shaketable::engine
