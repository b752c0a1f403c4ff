#include "engine/formats/reader.h"

#include <algorithm>
#include <cstddef>

#include "engine/formats/codes.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"

namespace shaketable::engine {
namespace {

constexpr std::size_t kMaxUnknownKeys = 20;  ///< Named one by one in a map.
constexpr std::size_t kMaxNameBytes = 253;   ///< As a DNS name and a Kubernetes name.
constexpr std::size_t kMaxListedWords = 12;

/// `a, b, c`, at most kMaxListedWords of them.
std::string list_of(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < std::min(words.size(), kMaxListedWords); ++i) {
    out += (i == 0 ? "" : ", ") + printable(words[i]);
  }
  return words.size() > kMaxListedWords ? out + ", ..." : out;
}

void report_kind(const Node& node, std::string_view expected, Diagnostics& diagnostics) {
  report_at(node,
            {.code = code::kWrongKind,
             .message = "found " + std::string(kind_name(node)) + " instead",
             .expected = std::string(expected)},
            diagnostics);
}

}  // namespace

std::string_view kind_name(const Node& node) {
  switch (node.kind()) {
    case NodeKind::kNull:
      return "nothing";
    case NodeKind::kScalar:
      return "text";
    case NodeKind::kSequence:
      return "a list";
    case NodeKind::kMap:
      return "a map";
  }
  return "nothing";
}

void report_at(const Node& node, Diagnostic diagnostic, Diagnostics& diagnostics) {
  diagnostic.file = node.file();
  diagnostic.line = node.line();
  diagnostic.column = node.column();
  diagnostics.add(std::move(diagnostic));
}

std::optional<std::string_view> read_scalar(const Node* node, Diagnostics& diagnostics,
                                            std::string_view expected) {
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_scalar()) {
    report_kind(*node, expected, diagnostics);
    return std::nullopt;
  }
  return node->text();
}

std::optional<bool> read_bool(const Node* node, Diagnostics& diagnostics) {
  const auto text = read_scalar(node, diagnostics, "true or false");
  if (!text) {
    return std::nullopt;
  }
  if (*text == "true" || *text == "True" || *text == "TRUE") {
    return true;
  }
  if (*text == "false" || *text == "False" || *text == "FALSE") {
    return false;
  }
  constexpr std::string_view kYes[] = {"yes", "Yes", "YES", "on", "On", "ON", "y", "1"};
  constexpr std::string_view kNo[] = {"no", "No", "NO", "off", "Off", "OFF", "n", "0"};
  constexpr std::string_view kWords[] = {"true", "false"};
  std::string hint = nearest_name(*text, kWords);
  if (std::ranges::count(kYes, *text) > 0) {
    hint = "true";
  } else if (std::ranges::count(kNo, *text) > 0) {
    hint = "false";
  }
  report_at(*node,
            {.code = code::kMalformed,
             .message = quoted(*text) + " is neither true nor false",
             .expected = "true or false",
             .hint = hint},
            diagnostics);
  return std::nullopt;
}

std::optional<std::string> read_string(const Node* node, Diagnostics& diagnostics,
                                       std::size_t max_bytes) {
  const auto text = read_scalar(node, diagnostics, "text");
  if (!text) {
    return std::nullopt;
  }
  if (text->size() > max_bytes) {
    report_at(*node,
              {.code = code::kOutOfRange,
               .message = "this text has " + std::to_string(text->size()) +
                          " bytes; the limit is " + std::to_string(max_bytes)},
              diagnostics);
    return std::nullopt;
  }
  return std::string(*text);
}

std::optional<std::string> read_name(const Node* node, Diagnostics& diagnostics) {
  constexpr std::string_view kExpected = "a name: 1 to 253 bytes, printable, no blanks at its ends";
  const auto text = read_scalar(node, diagnostics, kExpected);
  if (!text) {
    return std::nullopt;
  }
  std::string problem;
  if (text->empty()) {
    problem = "this name is empty";
  } else if (text->size() > kMaxNameBytes) {
    problem = "this name has " + std::to_string(text->size()) + " bytes";
  } else if (text->front() == ' ' || text->back() == ' ') {
    problem = "the name " + quoted(*text) + " begins or ends with a blank";
  }
  for (std::size_t i = 0; problem.empty() && i < text->size();) {
    const CodePoint point = decode_utf8(*text, i);
    if (!point.valid || !is_printable(point.value)) {
      problem = "the name " + quoted(*text) + " holds the invisible character " +
                printable(text->substr(i, point.length));
    }
    i += point.length;
  }
  if (problem.empty()) {
    return std::string(*text);
  }
  report_at(*node, {.code = code::kBadName, .message = problem, .expected = std::string(kExpected)},
            diagnostics);
  return std::nullopt;
}

std::optional<std::size_t> read_word(const Node* node, Diagnostics& diagnostics,
                                     std::span<const std::string_view> words,
                                     std::string_view what) {
  const std::string expected = std::string(what) + ", one of " + list_of(words);
  const auto text = read_scalar(node, diagnostics, expected);
  if (!text) {
    return std::nullopt;
  }
  const auto found = std::ranges::find(words, *text);
  if (found != words.end()) {
    return static_cast<std::size_t>(found - words.begin());
  }
  report_at(*node,
            {.code = code::kUnknownWord,
             .message = quoted(*text) + " is not " + std::string(what),
             .expected = "one of " + list_of(words),
             .hint = nearest_name(*text, words)},
            diagnostics);
  return std::nullopt;
}

std::span<const Node* const> read_sequence(const Node* node, Diagnostics& diagnostics,
                                           std::string_view what) {
  if (node == nullptr) {
    return {};
  }
  if (!node->is_sequence()) {
    report_kind(*node, what, diagnostics);
  }
  return node->items();
}

std::span<const MapEntry> read_entries(const Node* node, Diagnostics& diagnostics,
                                       std::string_view what) {
  if (node == nullptr) {
    return {};
  }
  if (!node->is_map()) {
    report_kind(*node, what, diagnostics);
  }
  return node->entries();
}

MapReader::MapReader(const Node* node, Diagnostics& diagnostics, std::string_view what)
    : node_(node != nullptr && node->is_map() ? node : nullptr),
      diagnostics_(diagnostics),
      what_(what) {
  if (node != nullptr && !node->is_map()) {
    report_kind(*node, what_ + ", which is a map of `key: value`", diagnostics);
  }
}

const Node* MapReader::required(std::string_view key) {
  const Node* value = optional(key);
  if (value == nullptr && node_ != nullptr) {
    report_at(*node_,
              {.code = code::kMissingKey,
               .message = what_ + " needs the key " + quoted(key),
               .expected = '`' + std::string(key) + ": ...`"},
              diagnostics_);
  }
  return value;
}

const Node* MapReader::optional(std::string_view key) {
  known_.push_back(key);
  return node_ == nullptr ? nullptr : node_->find(key);
}

const Node* MapReader::key_node(std::string_view key) const {
  if (node_ == nullptr) {
    return nullptr;
  }
  for (const MapEntry& entry : node_->entries()) {
    if (entry.key->text() == key) {
      return entry.key;
    }
  }
  return nullptr;
}

void MapReader::finish() {
  if (node_ == nullptr) {
    return;
  }
  std::size_t unknown = 0;
  const Node* first_unnamed = nullptr;
  for (const MapEntry& entry : node_->entries()) {
    const std::string_view key = entry.key->text();
    if (std::ranges::find(known_, key) != known_.end()) {
      continue;
    }
    if (++unknown > kMaxUnknownKeys) {
      first_unnamed = first_unnamed == nullptr ? entry.key : first_unnamed;
      continue;
    }
    report_at(*entry.key,
              {.code = code::kUnknownKey,
               .message = "unknown key " + quoted(key) + " in " + what_,
               .expected = known_.empty() ? "" : "one of " + list_of(known_),
               .hint = nearest_name(key, known_)},
              diagnostics_);
  }
  if (first_unnamed != nullptr) {
    report_at(*first_unnamed,
              {.code = code::kUnknownKey,
               .message = "and " + std::to_string(unknown - kMaxUnknownKeys) +
                          " more unknown keys in " + what_},
              diagnostics_);
  }
}

}  // namespace shaketable::engine
