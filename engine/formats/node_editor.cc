#include "engine/formats/node_editor.h"

namespace shaketable::engine {

Node NodeEditor::part(const Node& node, std::size_t offset, std::size_t length) {
  Node result = node;
  result.text_ = node.text().substr(offset, length);
  const std::size_t quote = node.is_plain() ? 0 : 1;
  result.column_ += static_cast<int>(offset + quote);
  return result;
}

const Node* NodeEditor::with_entry(const Node& map, const Node* key, const Node* value) {
  std::vector<MapEntry>& entries =
      entries_.emplace_back(map.entries().begin(), map.entries().end());
  bool found = false;
  for (MapEntry& entry : entries) {
    if (entry.key->text() == key->text()) {
      entry.value = value;
      found = true;
    }
  }
  if (!found) {
    entries.push_back({key, value});
  }
  Node& node = nodes_.emplace_back(map);
  node.kind_ = NodeKind::kMap;
  node.entries_ = entries;
  return &node;
}

const Node* NodeEditor::with_item(const Node& sequence, std::size_t index, const Node* value) {
  std::vector<const Node*>& items =
      items_.emplace_back(sequence.items().begin(), sequence.items().end());
  items[index] = value;
  Node& node = nodes_.emplace_back(sequence);
  node.items_ = items;
  return &node;
}

const Node* NodeEditor::empty_map(const Node& like) {
  Node& node = nodes_.emplace_back(like);
  node.kind_ = NodeKind::kMap;
  node.text_ = {};
  node.items_ = {};
  node.entries_ = {};
  return &node;
}

const Node* NodeEditor::scalar(const Node& like, std::string_view text) {
  Node& node = nodes_.emplace_back(like);
  node.kind_ = NodeKind::kScalar;
  node.text_ = texts_.emplace_back(text);
  node.items_ = {};
  node.entries_ = {};
  node.plain_ = true;
  return &node;
}

}  // namespace shaketable::engine
