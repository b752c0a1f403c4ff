#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/formats/document.h"

namespace shaketable::gui {

/// Bytes [begin, end) of a file's text.
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] std::size_t size() const { return end - begin; }
  friend bool operator==(const TextSpan&, const TextSpan&) = default;
};

/// Finds where the nodes of a document lie in its text, so that one of them can be changed and
/// every other byte stays: comments, order, and the style of whoever wrote the file.
///
/// Nodes know where they begin; where they end is found in the text. `text` is what the document
/// was parsed from and must outlive the finder.
class SpanFinder {
 public:
  explicit SpanFinder(std::string_view text);

  [[nodiscard]] std::string_view text() const { return text_; }
  /// Where a line and column (1-based, in bytes) lie; the end of the text when they are beyond it.
  [[nodiscard]] std::size_t offset_of(int line, int column) const;
  [[nodiscard]] std::size_t offset_of(const engine::Node& node) const;
  /// The line (1-based) of an offset.
  [[nodiscard]] int line_of(std::size_t offset) const;
  [[nodiscard]] std::size_t start_of_line(std::size_t offset) const;
  /// Just before the line break that follows `offset`, or the end of the text.
  [[nodiscard]] std::size_t end_of_line(std::size_t offset) const;

  /// A scalar as it is written, quotes included; a `[...]`, a `{...}`; or a block from its first
  /// key or dash to the end of its last value. An empty value is an empty span.
  [[nodiscard]] TextSpan span_of(const engine::Node& node) const;
  /// Just behind the colon of an entry.
  [[nodiscard]] std::size_t behind_colon(const engine::Node& key) const;
  /// The entry's value as `span_of`; an empty span behind the colon when nothing is written, and
  /// only the alias when the value is one.
  [[nodiscard]] TextSpan value_span(const engine::MapEntry& entry) const;
  /// True when the value stands behind its key, false for an alias, a merged entry or no value.
  [[nodiscard]] bool is_written_here(const engine::MapEntry& entry) const;
  /// True for a map or sequence in braces or brackets.
  [[nodiscard]] bool is_flow(const engine::Node& node) const;

 private:
  [[nodiscard]] std::size_t skip_properties(std::size_t offset) const;
  [[nodiscard]] std::size_t end_of_quoted(std::size_t offset) const;
  [[nodiscard]] std::size_t end_of_flow(std::size_t offset) const;
  [[nodiscard]] std::size_t end_of_block_scalar(std::size_t offset) const;
  [[nodiscard]] std::size_t end_of_plain(std::size_t offset, std::string_view value) const;
  [[nodiscard]] std::size_t end_of_block(const engine::Node& node, std::size_t begin) const;

  std::string_view text_;
  std::vector<std::size_t> lines_;
};

}  // namespace shaketable::gui
