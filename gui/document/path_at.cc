#include "gui/document/path_at.h"

#include <utility>

#include "gui/document/parsed_source.h"

namespace shaketable::gui {
namespace {

using engine::MapEntry;
using engine::Node;

// The last entry that begins at or before a place; null when all begin behind it.
const MapEntry* last_before(const Node& map, std::pair<int, int> place) {
  const MapEntry* last = nullptr;
  for (const MapEntry& entry : map.entries()) {
    const std::pair begin(entry.key->line(), entry.key->column());
    const bool is_later =
        last == nullptr || begin >= std::pair(last->key->line(), last->key->column());
    if (begin <= place && is_later && entry.key->file() == map.file()) {
      last = &entry;
    }
  }
  return last;
}

}  // namespace

KeyPath path_at(const engine::ScenarioSource& source, const std::string& file, int line,
                int column) {
  const ParsedSource parsed(source);
  KeyPath longest;
  for (const Section& top : parsed.tops()) {
    if (*top.file != file) {
      continue;
    }
    KeyPath path;
    const Node* node = top.map;
    while (node->is_map()) {
      const MapEntry* const entry = last_before(*node, {line, column});
      if (entry == nullptr) {
        break;
      }
      path.emplace_back(entry->key->text());
      node = entry->value;
    }
    // The mesh within a scenario is a top of its own: its keys are not those of the scenario.
    const bool is_inner = !longest.empty() && longest.front() == "mesh";
    if (longest.empty() || is_inner) {
      longest = std::move(path);
    }
  }
  return longest;
}

}  // namespace shaketable::gui
