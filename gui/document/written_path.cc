#include "gui/document/written_path.h"

#include <utility>

namespace shaketable::gui {

using engine::MapEntry;
using engine::Node;

const MapEntry* entry_of(const Node& map, std::string_view key) {
  for (const MapEntry& entry : map.entries()) {
    if (entry.key->text() == key) {
      return &entry;
    }
  }
  return nullptr;
}

Reach reach(const Section& top, const KeyPath& path) {
  Reach found{.top = &top, .parent = top.map, .node = top.map};
  while (found.depth < path.size() && found.node->is_map()) {
    const MapEntry* const entry = entry_of(*found.node, path[found.depth]);
    if (entry == nullptr) {
      break;
    }
    found.parent = found.node;
    found.node = entry->value;
    ++found.depth;
  }
  return found;
}

Reach deepest(const ParsedSource& parsed, const KeyPath& path) {
  Reach best;
  for (const Section& top : parsed.tops()) {
    const Reach here = reach(top, path);
    if (best.top == nullptr || here.depth > best.depth) {
      best = here;
    }
  }
  return best;
}

WrittenItems written_items(const engine::ScenarioSource& source, const KeyPath& path) {
  const ParsedSource parsed(source);
  const Reach found = deepest(parsed, path);
  WrittenItems written;
  if (found.top == nullptr || found.depth < path.size() || !found.node->is_sequence()) {
    return written;
  }
  const SpanFinder& finder = found.top->editor->finder();
  written.is_block = !finder.is_flow(*found.node);
  for (const Node* const item : found.node->items()) {
    const TextSpan span = finder.span_of(*item);
    written.items.emplace_back(finder.text().substr(span.begin, span.size()));
  }
  if (written.is_block) {
    const std::size_t begin = finder.span_of(*found.node).begin;
    written.indent = std::string(begin - finder.start_of_line(begin), ' ');
  }
  return written;
}

std::string items_value(const WrittenItems& as) {
  std::string text;
  for (const std::string& item : as.items) {
    if (as.is_block) {
      text += "\n" + as.indent + "- " + item;
    } else {
      text += (text.empty() ? "" : ", ") + item;
    }
  }
  return as.is_block && !as.items.empty() ? text : "[" + text + "]";
}

}  // namespace shaketable::gui
