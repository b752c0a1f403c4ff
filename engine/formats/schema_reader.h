#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/formats/reader.h"
#include "engine/formats/schema_spec.h"
#include "engine/mesh/model.h"

namespace shaketable::engine {

/// Reads a map by its table in the schema. What is asked for and what the table holds must be the
/// same: asking for a key that is not in the table, or finishing without having asked for one that
/// is, is a programmer's mistake. So the schema cannot say anything else than the loader does.
///
///     ObjectReader map(node, spec::kRun, diagnostics);
///     run.duration = read_duration(map.get("duration"), diagnostics).value_or(run.duration);
///     map.finish();
class ObjectReader {
 public:
  /// A node that is no map is reported; a null pointer is silent. Both act as an empty map.
  ObjectReader(const Node* node, const ObjectSpec& spec, Diagnostics& diagnostics);

  /// The value of a key of the table, or null. Reports a required key that is missing.
  const Node* get(std::string_view key);
  /// The entries whose keys are names of the user's; empty where the table allows none.
  [[nodiscard]] const std::vector<MapEntry>& others() const { return others_; }
  /// Reports unknown keys, keys that have no effect, and, where exactly one key is due, any other
  /// number of them. Asserts that every key of the table was asked for.
  void finish();
  /// Reports keys and ends without the assertion, where the caller stops on purpose.
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  const Node* node_;
  const ObjectSpec& spec_;
  Diagnostics& diagnostics_;
  MapReader map_;
  std::uint64_t asked_ = 0;
  std::vector<MapEntry> others_;
  bool ok_;
};

/// Where a node was written; nothing for a null pointer.
[[nodiscard]] SourceMark mark_of(const Node* node);

}  // namespace shaketable::engine
