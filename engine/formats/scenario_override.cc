#include "engine/formats/scenario_override.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"

namespace shaketable::engine {
namespace {

/// The alternatives of a type, other names resolved.
std::vector<std::string_view> alternatives(std::string_view type) {
  std::vector<std::string_view> result;
  while (!type.empty()) {
    const bool bracket = type.front() == '{' || type.front() == '[';
    const std::size_t close = bracket ? type.find(type.front() == '{' ? '}' : ']') : 0;
    const std::size_t end = std::min(type.find('|', close), type.size());
    const std::string_view one = type.substr(0, end);
    type.remove_prefix(std::min(end + 1, type.size()));
    const auto aliases = alias_specs();
    const auto alias = std::find_if(aliases.begin(), aliases.end(),
                                    [&](const AliasSpec& spec) { return spec.name == one; });
    if (alias == aliases.end()) {
      result.push_back(one);
      continue;
    }
    for (const std::string_view inner : alternatives(alias->type)) {
      result.push_back(inner);
    }
  }
  return result;
}

std::string_view inside(std::string_view bracketed) {
  return bracketed.substr(1, bracketed.size() - 2);
}

/// True when `path` begins with the whole key.
bool begins_with_key(std::string_view path, std::string_view key) {
  return path.starts_with(key) && (path.size() == key.size() || path[key.size()] == '.');
}

std::string_view behind(std::string_view path, std::size_t length) {
  return path.substr(std::min(length + 1, path.size()));
}

/// Whether the value is something that has names of its own, such as a service.
bool holds_objects(std::string_view type) {
  for (const std::string_view one : alternatives(type)) {
    if (find_object(one) != nullptr) {
      return true;
    }
  }
  return false;
}

/// The type of a key that may be added to a map of that type; empty when none may.
std::string_view type_of_new_key(std::string_view type, std::string_view path,
                                 std::string_view& key) {
  std::string_view found;
  for (const std::string_view one : alternatives(type)) {
    const std::string_view first = path.substr(0, path.find('.'));
    if (const ObjectSpec* object = find_object(one)) {
      if (const KeySpec* known = find_key(*object, first)) {
        key = first;
        return known->type;
      }
      if (!object->others.empty()) {
        key = first;
        found = object->others;
      }
    } else if (one.starts_with('{') && !holds_objects(inside(one))) {
      key = first;
      found = inside(one);
    }
  }
  return found;
}

/// The type of a key that is in the file already; empty when the schema does not know it.
std::string_view type_of_key(std::string_view type, std::string_view key) {
  for (const std::string_view one : alternatives(type)) {
    if (one.starts_with('{')) {
      return inside(one);
    }
    const ObjectSpec* object = find_object(one);
    if (object == nullptr) {
      continue;
    }
    if (const KeySpec* known = find_key(*object, key)) {
      return known->type;
    }
    if (!object->others.empty()) {
      return object->others;
    }
  }
  return "any";
}

std::vector<std::string_view> keys_of(const Node& map, std::string_view type) {
  std::vector<std::string_view> keys;
  for (const MapEntry& entry : map.entries()) {
    keys.push_back(entry.key->text());
  }
  for (const std::string_view one : alternatives(type)) {
    if (const ObjectSpec* object = find_object(one)) {
      for (const KeySpec& key : object->keys) {
        keys.push_back(key.key);
      }
    }
  }
  return keys;
}

}  // namespace

OverrideSet::OverrideSet(std::span<const std::string> arguments, Diagnostics& diagnostics)
    : diagnostics_(diagnostics) {
  for (const std::string& argument : arguments) {
    Override what;
    what.argument = "--set " + argument;
    const std::size_t equals = argument.find('=');
    what.path = argument.substr(0, equals);
    if (equals == std::string::npos || equals == 0) {
      fail(what, "no \"path=value\": " + quoted(argument), "");
      continue;
    }
    const auto documents =
        parse_documents(printable(what.argument, 200), argument.substr(equals + 1), diagnostics);
    if (documents) {
      documents_.push_back(documents->front());
      what.value = &documents_.back().root();
      overrides_.push_back(std::move(what));
    }
  }
}

const Node* OverrideSet::apply(const Node& root, const ObjectSpec& spec, bool add_sections) {
  const Node* result = &root;
  if (!root.is_map()) {
    return result;
  }
  for (Override& what : overrides_) {
    const std::string_view section = std::string_view(what.path).substr(0, what.path.find('.'));
    const bool here = root.find(section) != nullptr;
    if (what.used || find_key(spec, section) == nullptr || !(here || add_sections)) {
      continue;
    }
    what.used = true;
    if (const Node* changed = set_in_map(*result, spec.name, what.path, what)) {
      result = changed;
    }
  }
  return result;
}

void OverrideSet::report_unused() {
  std::vector<std::string_view> sections;
  for (const ObjectSpec* object : {&spec::kScenario, &spec::kMesh}) {
    for (const KeySpec& key : object->keys) {
      sections.push_back(key.key);
    }
  }
  for (Override& what : overrides_) {
    if (!what.used) {
      const std::string section = what.path.substr(0, what.path.find('.'));
      fail(what, "the file has no " + quoted(section), nearest_name(section, sections));
      what.used = true;
    }
  }
}

const Node* OverrideSet::set(const Node* node, std::string_view type, std::string_view path,
                             const Override& what) {
  if (path.empty()) {
    return what.value;
  }
  if (node == nullptr || node->is_null()) {
    return set_in_map(*editor_.empty_map(*what.value), type, path, what);
  }
  switch (node->kind()) {
    case NodeKind::kMap:
      return set_in_map(*node, type, path, what);
    case NodeKind::kSequence:
      return set_in_list(*node, type, path, what);
    case NodeKind::kNull:
    case NodeKind::kScalar:
      break;
  }
  return fail(what,
              quoted(path) + " cannot be set: above it the file has " + quoted(node->text()) +
                  ", which has no parts",
              "set the whole value");
}

const Node* OverrideSet::set_in_map(const Node& map, std::string_view type, std::string_view path,
                                    const Override& what) {
  const MapEntry* entry = nullptr;
  for (const MapEntry& candidate : map.entries()) {
    const std::string_view key = candidate.key->text();
    if (begins_with_key(path, key) &&
        (entry == nullptr || key.size() > entry->key->text().size())) {
      entry = &candidate;
    }
  }
  if (entry != nullptr) {
    const std::string_view key = entry->key->text();
    const Node* value = set(entry->value, type_of_key(type, key), behind(path, key.size()), what);
    return value == nullptr ? nullptr : editor_.with_entry(map, entry->key, value);
  }
  std::string_view key;
  const std::string_view added = type_of_new_key(type, path, key);
  if (added.empty()) {
    const std::string_view word = path.substr(0, path.find('.'));
    return fail(what, "there is no " + quoted(word) + " to set",
                nearest_name(word, keys_of(map, type)));
  }
  const Node* value = set(nullptr, added, behind(path, key.size()), what);
  return value == nullptr ? nullptr
                          : editor_.with_entry(map, editor_.scalar(*what.value, key), value);
}

const Node* OverrideSet::set_in_list(const Node& list, std::string_view type, std::string_view path,
                                     const Override& what) {
  const std::string_view word = path.substr(0, path.find('.'));
  std::size_t index = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), index);
  const bool good = parsed.ec == std::errc() && parsed.ptr == word.data() + word.size();
  if (!good || index >= list.items().size()) {
    return fail(
        what,
        quoted(word) + " is no item of the list, which has " + std::to_string(list.items().size()),
        "count them from 0");
  }
  std::string_view item_type = "any";
  for (const std::string_view one : alternatives(type)) {
    if (one.starts_with('[')) {
      item_type = inside(one);
    }
  }
  const Node* value = set(list.items()[index], item_type, behind(path, word.size()), what);
  return value == nullptr ? nullptr : editor_.with_item(list, index, value);
}

const Node* OverrideSet::fail(const Override& what, std::string message, std::string hint) {
  diagnostics_.add({.code = code::kBadOverride,
                    .message = printable(what.argument, 200) + ": " + std::move(message),
                    .hint = std::move(hint)});
  return nullptr;
}

}  // namespace shaketable::engine
