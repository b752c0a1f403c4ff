#include "engine/formats/document_builder.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"

namespace shaketable::engine {
namespace {

constexpr std::string_view kMergeKey = "<<";

bool is_merge_key(const Node& key) { return key.is_plain() && key.text() == kMergeKey; }

/// Copies a list into memory that lives as long as the document.
template <typename T>
std::span<const T> keep(const std::vector<T>& items, std::pmr::monotonic_buffer_resource& arena) {
  if (items.empty()) {
    return {};
  }
  auto* memory = static_cast<T*>(arena.allocate(items.size() * sizeof(T), alignof(T)));
  std::uninitialized_copy(items.begin(), items.end(), memory);
  return {memory, items.size()};
}

}  // namespace

DocumentBuilder::DocumentBuilder(const std::string& file, const DocumentLimits& limits,
                                 Diagnostics& diagnostics)
    : limits_(limits), diagnostics_(diagnostics), storage_(std::make_shared<Storage>()) {
  storage_->file = file;
}

void DocumentBuilder::report(Place place, Diagnostic diagnostic) {
  diagnostic.file = storage_->file;
  diagnostic.line = place.line;
  diagnostic.column = place.column;
  diagnostics_.add(std::move(diagnostic));
}

void DocumentBuilder::stop(Place place, Diagnostic diagnostic) {
  if (!stopped_) {
    report(place, std::move(diagnostic));
  }
  stopped_ = true;
}

bool DocumentBuilder::expects_key() const {
  return !frames_.empty() && frames_.back().node->is_map() &&
         frames_.back().children.size() % 2 == 0;
}

const Node* DocumentBuilder::pending_key() const {
  const bool has_key =
      !frames_.empty() && frames_.back().node->is_map() && frames_.back().children.size() % 2 == 1;
  return has_key ? frames_.back().children.back() : nullptr;
}

Node* DocumentBuilder::new_node(Place place, NodeKind kind) {
  if (storage_->nodes.size() >= limits_.max_nodes) {
    stop(place, {.code = code::kTooManyNodes,
                 .message = "the file has more than " + std::to_string(limits_.max_nodes) +
                            " values, which is the limit"});
  }
  Node& node = storage_->nodes.emplace_back();
  node.file_ = &storage_->file;
  node.line_ = place.line;
  node.column_ = place.column;
  node.kind_ = kind;
  node.tag_ = std::exchange(next_tag_, {});
  return &node;
}

std::string_view DocumentBuilder::keep_text(std::string_view text) {
  if (text.empty()) {
    return {};
  }
  char* copy = static_cast<char*>(storage_->arena.allocate(text.size(), 1));
  std::copy(text.begin(), text.end(), copy);
  return {copy, text.size()};
}

void DocumentBuilder::tag_next(std::string_view tag) { next_tag_ = keep_text(tag); }

void DocumentBuilder::add_null(Place place, AnchorId anchor) {
  if (!stopped_) {
    attach(new_node(place, NodeKind::kNull), {.nodes = 1}, anchor);
  }
}

void DocumentBuilder::add_scalar(Place place, std::string_view text, bool plain, AnchorId anchor) {
  if (stopped_) {
    return;
  }
  Node* node = new_node(place, NodeKind::kScalar);
  node->plain_ = plain;
  node->text_ = keep_text(text);
  attach(node, {.nodes = 1, .bytes = text.size()}, anchor);
}

void DocumentBuilder::add_alias(Place place, AnchorId anchor) {
  if (stopped_) {
    return;
  }
  if (anchor >= anchors_.size() || anchors_[anchor].node == nullptr) {
    stop(place, {.code = code::kAlias,
                 .message = "this alias refers to the node that it is part of",
                 .expected = "an alias of a node that is complete"});
    return;
  }
  const Weight weight = anchors_[anchor].weight;
  repeated_.nodes += weight.nodes;
  repeated_.bytes += weight.bytes;
  if (repeated_.nodes > limits_.max_alias_nodes || repeated_.bytes > limits_.max_alias_bytes) {
    stop(place, {.code = code::kAlias,
                 .message = "aliases repeat more than " + std::to_string(limits_.max_alias_nodes) +
                            " values or " + std::to_string(limits_.max_alias_bytes) +
                            " bytes of this file, which is the limit"});
    return;
  }
  attach(anchors_[anchor].node, weight, 0);
}

void DocumentBuilder::begin_sequence(Place place, AnchorId anchor) {
  begin(place, NodeKind::kSequence, anchor);
}

void DocumentBuilder::begin_map(Place place, AnchorId anchor) {
  begin(place, NodeKind::kMap, anchor);
}

void DocumentBuilder::begin(Place place, NodeKind kind, AnchorId anchor) {
  if (stopped_) {
    return;
  }
  if (frames_.size() >= static_cast<std::size_t>(limits_.max_depth)) {
    stop(place, {.code = code::kTooDeep,
                 .message = "nested more than " + std::to_string(limits_.max_depth) +
                            " levels deep, which is the limit"});
    return;
  }
  if (anchor > 0) {
    anchors_.resize(std::max(anchors_.size(), anchor + 1));
    anchors_[anchor] = {};
  }
  frames_.push_back({new_node(place, kind), anchor, {}, {.nodes = 1}});
}

void DocumentBuilder::attach(const Node* node, Weight weight, AnchorId anchor) {
  if (anchor > 0) {
    anchors_.resize(std::max(anchors_.size(), anchor + 1));
    anchors_[anchor] = {node, weight};
  }
  if (frames_.empty()) {
    roots_.push_back(node);
    return;
  }
  Frame& parent = frames_.back();
  parent.children.push_back(node);
  parent.weight.nodes += weight.nodes;
  parent.weight.bytes += weight.bytes;
}

void DocumentBuilder::close_frame() {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  attach(frame.node, frame.weight, frame.anchor);
}

void DocumentBuilder::end_sequence() {
  if (stopped_ || frames_.empty()) {
    return;
  }
  Frame& frame = frames_.back();
  frame.node->items_ = keep(frame.children, storage_->arena);
  close_frame();
}

void DocumentBuilder::end_map() {
  if (stopped_ || frames_.empty()) {
    return;
  }
  std::vector<MapEntry> entries = entries_of(frames_.back());
  frames_.back().node->entries_ = keep(entries, storage_->arena);
  close_frame();
}

bool DocumentBuilder::is_valid_key(const Node& key) {
  if (!key.is_scalar()) {
    const bool is_null = key.is_null();
    report(place_of(key),
           {.code = code::kBadKey,
            .message = is_null ? "the key before this ':' is missing, or is a bare null"
                               : "a map or a list cannot be a key",
            .expected = is_null ? "a key (quote it if it really is ~ or null)" : "a scalar key"});
    return false;
  }
  if (key.text().size() > limits_.max_key_bytes) {
    report(place_of(key),
           {.code = code::kBadKey,
            .message = "this key has " + std::to_string(key.text().size()) +
                       " bytes; the limit is " + std::to_string(limits_.max_key_bytes)});
    return false;
  }
  return true;
}

std::vector<MapEntry> DocumentBuilder::entries_of(const Frame& frame) {
  std::vector<MapEntry> entries;
  std::vector<const Node*> merged;
  entries.reserve(frame.children.size() / 2);
  for (std::size_t i = 0; i + 1 < frame.children.size(); i += 2) {
    const Node* key = frame.children[i];
    if (!is_valid_key(*key)) {
      continue;
    }
    entries.push_back({key, frame.children[i + 1]});
  }
  report_duplicates(entries);
  if (!merge_keys_) {
    return entries;
  }
  const auto merge = std::find_if(entries.begin(), entries.end(),
                                  [](const MapEntry& entry) { return is_merge_key(*entry.key); });
  if (merge != entries.end()) {
    const Node* source = merge->value;
    entries.erase(merge);
    merge_into(entries, *source);
  }
  return entries;
}

void DocumentBuilder::merge_into(std::vector<MapEntry>& entries, const Node& source) {
  std::vector<const Node*> maps;
  if (source.is_sequence()) {
    maps.assign(source.items().begin(), source.items().end());
  } else {
    maps.push_back(&source);
  }
  std::unordered_set<std::string_view> present;
  for (const MapEntry& entry : entries) {
    present.insert(entry.key->text());
  }
  for (const Node* map : maps) {
    if (!map->is_map()) {
      report(place_of(*map), {.code = code::kAlias,
                              .message = "a merge key (<<) takes a map or a list of maps",
                              .expected = "an alias of a map, as in `<<: *defaults`"});
      continue;
    }
    for (const MapEntry& entry : map->entries()) {
      if (present.insert(entry.key->text()).second) {
        entries.push_back(entry);
      }
    }
  }
}

void DocumentBuilder::report_duplicates(std::vector<MapEntry>& entries) {
  // Sorted rather than hashed: no choice of keys can make this slow.
  std::vector<const MapEntry*> order;
  order.reserve(entries.size());
  for (const MapEntry& entry : entries) {
    order.push_back(&entry);
  }
  std::sort(order.begin(), order.end(), [](const MapEntry* a, const MapEntry* b) {
    const int relation = a->key->text().compare(b->key->text());
    return relation != 0 ? relation < 0 : a < b;  // Both point into one vector.
  });
  std::vector<bool> is_duplicate(entries.size());
  const MapEntry* first = nullptr;
  for (const MapEntry* entry : order) {
    if (first == nullptr || first->key->text() != entry->key->text()) {
      first = entry;
      continue;
    }
    is_duplicate[static_cast<std::size_t>(entry - entries.data())] = true;
    report(place_of(*entry->key),
           {.code = code::kDuplicateKey,
            .message = "duplicate key " + quoted(entry->key->text()) + ", first given in line " +
                       std::to_string(first->key->line()) + " column " +
                       std::to_string(first->key->column()),
            .expected = "each key once in a map"});
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!is_duplicate[i]) {
      entries[kept++] = entries[i];
    }
  }
  entries.resize(kept);
}

void DocumentBuilder::finish_document() {
  anchors_.clear();
  repeated_ = {};
}

}  // namespace shaketable::engine
