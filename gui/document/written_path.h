#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gui/document/mesh_edits.h"
#include "gui/document/parsed_source.h"

/// Where a path of keys leads in the files, as far as it is written.
namespace shaketable::gui {

/// How far a path leads from one top.
struct Reach {
  const Section* top = nullptr;
  const engine::Node* parent = nullptr;  ///< The map that holds the last key that was found.
  const engine::Node* node = nullptr;    ///< What the path leads to as far as it is written.
  std::size_t depth = 0;                 ///< Keys that were found.
};

/// Null when the map has no such key.
[[nodiscard]] const engine::MapEntry* entry_of(const engine::Node& map, std::string_view key);

[[nodiscard]] Reach reach(const Section& top, const KeyPath& path);
/// From the top from which the path leads furthest; `top` is null when no file can be read.
[[nodiscard]] Reach deepest(const ParsedSource& parsed, const KeyPath& path);

/// The items of a list as they are written, without dash or comma; an item of several lines keeps
/// the indentation that it has in its file.
struct WrittenItems {
  bool is_block = false;
  std::string indent;  ///< Of the dashes of a block.
  std::vector<std::string> items;
};

/// Nothing when the path leads to no list.
[[nodiscard]] WrittenItems written_items(const engine::ScenarioSource& source, const KeyPath& path);
/// The value that makes a list of these items, in the style of `as`; for `set_value`.
[[nodiscard]] std::string items_value(const WrittenItems& as);

}  // namespace shaketable::gui
