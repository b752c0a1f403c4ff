#include "gui/document/item_edits.h"

#include <algorithm>

#include "gui/document/written_path.h"

namespace shaketable::gui {
namespace {

using engine::Node;

const Node* item_of(const Reach& found, std::size_t depth, std::size_t item) {
  const bool is_there = found.top != nullptr && found.depth == depth && found.node->is_sequence() &&
                        item < found.node->items().size();
  const Node* const node = is_there ? found.node->items()[item] : nullptr;
  return node != nullptr && node->is_map() ? node : nullptr;
}

}  // namespace

std::vector<std::string> item_values(const engine::ScenarioSource& source, const KeyPath& list,
                                     std::string_view key) {
  const ParsedSource parsed(source);
  const Reach found = deepest(parsed, list);
  std::vector<std::string> values;
  if (found.top == nullptr || found.depth < list.size() || !found.node->is_sequence()) {
    return values;
  }
  const SpanFinder& finder = found.top->editor->finder();
  for (std::size_t i = 0; i < found.node->items().size(); ++i) {
    const Node* const map = item_of(found, list.size(), i);
    const engine::MapEntry* const entry = map == nullptr ? nullptr : entry_of(*map, key);
    const TextSpan span = entry == nullptr ? TextSpan() : finder.value_span(*entry);
    values.emplace_back(finder.text().substr(span.begin, span.size()));
  }
  return values;
}

proxy::Result<DocumentEdit> set_item_value(const engine::ScenarioSource& source,
                                           const KeyPath& list, std::size_t item,
                                           std::string_view key, std::string_view value) {
  ParsedSource parsed(source);
  const Reach found = deepest(parsed, list);
  const Node* const map = item_of(found, list.size(), item);
  if (map == nullptr) {
    return proxy::fail("there is no such item to change");
  }
  found.top->editor->set_entry(*map, key, value);
  return DocumentEdit{.label = "Set " + std::string(key), .changes = parsed.take()};
}

std::string copied_value(const engine::ScenarioSource& source, const KeyPath& path) {
  const ParsedSource parsed(source);
  const Reach found = deepest(parsed, path);
  if (found.top == nullptr || found.depth < path.size()) {
    return {};
  }
  const SpanFinder& finder = found.top->editor->finder();
  const TextSpan span = finder.value_span(*entry_of(*found.parent, path.back()));
  const std::string text(finder.text().substr(span.begin, span.size()));
  const bool is_block =
      !finder.is_flow(*found.node) && (found.node->is_map() || found.node->is_sequence());
  if (!is_block) {
    return text;
  }
  const auto indent = static_cast<std::size_t>(std::max(found.node->column(), 1) - 1);
  return "\n" + std::string(indent, ' ') + text;
}

}  // namespace shaketable::gui
