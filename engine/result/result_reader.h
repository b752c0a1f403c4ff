#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/record/run_record.h"
#include "engine/result/replications_reader.h"
#include "engine/scenario/model.h"
#include "engine/scenario/source.h"
#include "proxy/base/result.h"

namespace shaketable::engine {

/// A run that was read back: with `judge()` it gives every report that the run itself gave.
struct LoadedResult {
  std::string producer;  ///< The program that wrote it, "shaketable 0.1.0".
  ScenarioSource source;
  Scenario scenario;
  RunRecord record;
  /// Runs with other seeds that were made together with this one; none for a single run.
  std::optional<LoadedReplications> replications;
};

struct ResultReadOptions {
  /// Off for tests of what lies behind the digest.
  bool check_digest = true;
};

/// The largest result that is read.
inline constexpr std::size_t kMaxResultBytes = std::size_t{256} << 20;

/// Reads the JSON result of a run, `name` stands for its file in messages.
///
/// The scenario is made again from the sources that the result holds, by the loader of scenario
/// files; the record is read; verdict and analysis are neither, they follow from both. Refused,
/// with the place by byte and key: what is no result, another version (says which), a text that was
/// cut short or edited (the digest tells), a record that contradicts itself or the scenario. Keys
/// that are not known are left out, because later programs of the same version may add some.
/// Never throws; time and memory are linear in the size of the text.
[[nodiscard]] proxy::Result<LoadedResult> parse_result(const std::string& name,
                                                       std::string_view text,
                                                       const ResultReadOptions& options = {});

/// The same for a file, which must be a regular one of at most kMaxResultBytes.
[[nodiscard]] proxy::Result<LoadedResult> load_result(const std::string& path);

/// Whether the file looks like a JSON result and not like a scenario: its first bytes say so. False
/// for what cannot be read.
[[nodiscard]] bool is_result_file(const std::string& path);

}  // namespace shaketable::engine
