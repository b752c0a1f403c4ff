#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/document.h"

namespace shaketable::engine {

/// Makes nodes out of nodes: parts of a scalar, and copies with another child. Nodes that it made
/// live as long as it does; it keeps nothing of the documents alive that they came from.
class NodeEditor {
 public:
  /// A scalar for `length` bytes of `node`'s text from `offset` on, with the column where it
  /// stands. A value for immediate use, valid as long as the document of `node`.
  [[nodiscard]] static Node part(const Node& node, std::size_t offset, std::size_t length);

  /// `map` with `key: value` put in the place of the entry of that name, or at its end.
  const Node* with_entry(const Node& map, const Node* key, const Node* value);
  /// `sequence` with another item at `index`, which must exist.
  const Node* with_item(const Node& sequence, std::size_t index, const Node* value);
  /// A map without entries, at the place of `like`.
  const Node* empty_map(const Node& like);
  /// A scalar of that text, at the place of `like`.
  const Node* scalar(const Node& like, std::string_view text);

 private:
  std::deque<Node> nodes_;
  std::deque<std::string> texts_;
  std::deque<std::vector<MapEntry>> entries_;
  std::deque<std::vector<const Node*>> items_;
};

}  // namespace shaketable::engine
