#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/schema_spec.h"

namespace shaketable::engine {

/// The arguments of `--set path=value`, put into a document before anybody reads it.
///
/// A path names keys from the top of the file, with dots between them: `run.seed`,
/// `services.catalog.instances`, `traffic.payment.timeout`, `expect.0.must`. Keys may hold dots
/// themselves; the longest key that fits is taken. The value is YAML (`5`, `500ms`, `{v1: 1}`).
/// Parts of the path that the file leaves out are added where the schema knows them; names of the
/// user's (services, loads, faults, ...) must be there. Values carry `--set path=value` as the
/// file of their messages. The nodes live as long as the set.
class OverrideSet {
 public:
  OverrideSet(std::span<const std::string> arguments, Diagnostics& diagnostics);

  /// The document with the overrides that belong to it: those whose first key `spec` knows. Only
  /// sections that are there already are changed unless `add_sections`. Each override is
  /// used once. What goes wrong is reported.
  const Node* apply(const Node& root, const ObjectSpec& spec, bool add_sections);

  /// Reports the overrides that no document has taken.
  void report_unused();

 private:
  struct Override {
    std::string argument;
    std::string path;
    const Node* value = nullptr;
    bool used = false;
  };

  const Node* set(const Node* node, std::string_view type, std::string_view path,
                  const Override& what);
  const Node* set_in_map(const Node& map, std::string_view type, std::string_view path,
                         const Override& what);
  const Node* set_in_list(const Node& list, std::string_view type, std::string_view path,
                          const Override& what);
  const Node* fail(const Override& what, std::string message, std::string hint);

  Diagnostics& diagnostics_;
  NodeEditor editor_;
  std::vector<Document> documents_;
  std::deque<Override> overrides_;
};

/// True when a name of a file, as nodes and messages have it, stands for an argument of `--set`.
[[nodiscard]] inline bool is_argument(std::string_view file) { return file.starts_with("--set "); }

}  // namespace shaketable::engine
