#include "gui/document/text_span.h"

#include <algorithm>

namespace shaketable::gui {
namespace {

using engine::MapEntry;
using engine::Node;

bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }
bool is_space(char letter) { return is_blank(letter) || letter == '\n'; }

}  // namespace

SpanFinder::SpanFinder(std::string_view text) : text_(text) {
  lines_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      lines_.push_back(i + 1);
    }
  }
}

std::size_t SpanFinder::offset_of(int line, int column) const {
  if (line < 1 || static_cast<std::size_t>(line) > lines_.size()) {
    return text_.size();
  }
  const std::size_t start = lines_[static_cast<std::size_t>(line - 1)];
  return std::min(text_.size(), start + static_cast<std::size_t>(std::max(column, 1) - 1));
}

std::size_t SpanFinder::offset_of(const Node& node) const {
  return offset_of(node.line(), node.column());
}

int SpanFinder::line_of(std::size_t offset) const {
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
  return static_cast<int>(next - lines_.begin());
}

std::size_t SpanFinder::start_of_line(std::size_t offset) const {
  return lines_[static_cast<std::size_t>(line_of(offset) - 1)];
}

std::size_t SpanFinder::end_of_line(std::size_t offset) const {
  return std::min(text_.find('\n', offset), text_.size());
}

// Anchors and tags stand in front of the value that they belong to.
std::size_t SpanFinder::skip_properties(std::size_t offset) const {
  while (offset < text_.size() && (text_[offset] == '&' || text_[offset] == '!')) {
    while (offset < text_.size() && !is_space(text_[offset])) {
      ++offset;
    }
    while (offset < text_.size() && is_space(text_[offset])) {
      ++offset;
    }
  }
  return offset;
}

bool SpanFinder::is_flow(const Node& node) const {
  const std::size_t begin = skip_properties(offset_of(node));
  return begin < text_.size() && (text_[begin] == '{' || text_[begin] == '[');
}

std::size_t SpanFinder::end_of_quoted(std::size_t offset) const {
  const char quote = text_[offset];
  for (std::size_t i = offset + 1; i < text_.size(); ++i) {
    if (quote == '"' && text_[i] == '\\') {
      ++i;
    } else if (text_[i] == quote) {
      if (quote == '\'' && i + 1 < text_.size() && text_[i + 1] == '\'') {
        ++i;
        continue;
      }
      return i + 1;
    }
  }
  return text_.size();
}

std::size_t SpanFinder::end_of_flow(std::size_t offset) const {
  int depth = 0;
  for (std::size_t i = offset; i < text_.size(); ++i) {
    const char before = i == 0 ? ' ' : text_[i - 1];
    const bool begins_token =
        is_space(before) || before == '[' || before == '{' || before == ',' || before == ':';
    switch (text_[i]) {
      case '[':
      case '{':
        ++depth;
        break;
      case ']':
      case '}':
        if (--depth == 0) {
          return i + 1;
        }
        break;
      case '"':
      case '\'':
        if (begins_token) {
          i = end_of_quoted(i) - 1;
        }
        break;
      case '#':
        if (is_space(before)) {
          i = end_of_line(i);
        }
        break;
      default:
        break;
    }
  }
  return text_.size();
}

std::size_t SpanFinder::end_of_block_scalar(std::size_t offset) const {
  const std::size_t first = start_of_line(offset);
  const auto indent_of = [this](std::size_t line) {
    std::size_t indent = 0;
    while (line + indent < text_.size() && text_[line + indent] == ' ') {
      ++indent;
    }
    return indent;
  };
  const std::size_t parent = indent_of(first);
  std::size_t end = end_of_line(offset);
  for (std::size_t line = end + 1; line < text_.size(); line = end_of_line(line) + 1) {
    const std::size_t indent = indent_of(line);
    const bool is_empty = line + indent >= text_.size() || text_[line + indent] == '\n';
    if (!is_empty && indent <= parent) {
      break;
    }
    if (!is_empty) {
      end = end_of_line(line);
    }
  }
  return end;
}

// Follows the value through the text; a line break in the text is a space in the value.
std::size_t SpanFinder::end_of_plain(std::size_t offset, std::string_view value) const {
  std::size_t at = offset;
  for (std::size_t i = 0; i < value.size() && at < text_.size();) {
    if (text_[at] == value[i] && text_[at] != '\n') {
      ++at;
      ++i;
    } else if (is_space(text_[at])) {
      while (at < text_.size() && is_space(text_[at])) {
        ++at;
      }
      while (i < value.size() && is_space(value[i])) {
        ++i;
      }
    } else {
      break;
    }
  }
  return at;
}

std::size_t SpanFinder::end_of_block(const Node& node, std::size_t begin) const {
  std::size_t end = begin;
  for (const MapEntry& entry : node.entries()) {
    if (offset_of(*entry.key) >= begin) {
      end = std::max(end, value_span(entry).end);
    }
  }
  for (const Node* item : node.items()) {
    const TextSpan span = span_of(*item);
    if (span.begin >= begin) {
      end = std::max(end, span.end);
    }
  }
  return end;
}

TextSpan SpanFinder::span_of(const Node& node) const {
  const std::size_t start = offset_of(node);
  const std::size_t begin = skip_properties(start);
  if (begin >= text_.size()) {
    return {text_.size(), text_.size()};
  }
  switch (node.kind()) {
    case engine::NodeKind::kNull: {
      const std::string_view rest = text_.substr(begin);
      const bool is_tilde = rest.starts_with('~');
      const bool is_word = rest.starts_with("null") || rest.starts_with("Null");
      return {start, begin + (is_tilde ? 1 : is_word ? 4 : 0)};
    }
    case engine::NodeKind::kScalar: {
      const char first = text_[begin];
      if (first == '"' || first == '\'') {
        return {start, end_of_quoted(begin)};
      }
      if (!node.is_plain() && (first == '|' || first == '>')) {
        return {start, end_of_block_scalar(begin)};
      }
      return {start, end_of_plain(begin, node.text())};
    }
    case engine::NodeKind::kSequence:
    case engine::NodeKind::kMap:
      return {start, is_flow(node) ? end_of_flow(begin) : end_of_block(node, begin)};
  }
  return {start, start};
}

std::size_t SpanFinder::behind_colon(const Node& key) const {
  const std::size_t end = span_of(key).end;
  const std::size_t colon = text_.find(':', end);
  return colon == std::string_view::npos ? text_.size() : colon + 1;
}

bool SpanFinder::is_written_here(const MapEntry& entry) const {
  const std::size_t colon = behind_colon(*entry.key);
  if (entry.value->is_null()) {
    return false;
  }
  std::size_t at = colon;
  while (at < text_.size() && (is_space(text_[at]) || text_[at] == '#')) {
    at = text_[at] == '#' ? end_of_line(at) : at + 1;
  }
  // A dash of a block sequence may be where the sequence begins, or just before its first item.
  return at < text_.size() && text_[at] != '*' && offset_of(*entry.value) >= at;
}

TextSpan SpanFinder::value_span(const MapEntry& entry) const {
  const std::size_t colon = behind_colon(*entry.key);
  if (is_written_here(entry)) {
    return span_of(*entry.value);
  }
  // Nothing, a null word, or an alias: what stands on the line.
  std::size_t begin = colon;
  while (begin < text_.size() && is_blank(text_[begin])) {
    ++begin;
  }
  std::size_t end = begin;
  while (end < text_.size() && !is_space(text_[end]) && text_[end] != ',' && text_[end] != '}' &&
         text_[end] != ']' && text_[end] != '#') {
    ++end;
  }
  return end == begin ? TextSpan{colon, colon} : TextSpan{begin, end};
}

}  // namespace shaketable::gui
