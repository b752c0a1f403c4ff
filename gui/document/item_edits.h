#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gui/document/mesh_edits.h"

/// Items of lists that are maps, such as what is expected.
namespace shaketable::gui {

/// The value of a key of each item, as it is written; empty where there is none.
[[nodiscard]] std::vector<std::string> item_values(const engine::ScenarioSource& source,
                                                   const KeyPath& list, std::string_view key);
/// Sets it for one item. Fails when the path leads to no list with so many items, or the item is no
/// map.
[[nodiscard]] proxy::Result<DocumentEdit> set_item_value(const engine::ScenarioSource& source,
                                                         const KeyPath& list, std::size_t item,
                                                         std::string_view key,
                                                         std::string_view value);

/// The value of a service (or any other entry) in a form that `set_value` can write under another
/// key: a block keeps its lines. Empty when the path leads nowhere.
[[nodiscard]] std::string copied_value(const engine::ScenarioSource& source, const KeyPath& path);

}  // namespace shaketable::gui
