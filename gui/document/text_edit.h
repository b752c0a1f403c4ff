#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/document.h"
#include "gui/document/text_span.h"

namespace shaketable::gui {

/// `removed` bytes at `offset` of a file give way to `inserted`.
struct TextChange {
  std::string file;
  std::size_t offset = 0;
  std::string removed;
  std::string inserted;
};

/// A step that a person takes back as a whole.
struct DocumentEdit {
  std::string label;  ///< "Rename stock to depot"; shown by the menu as "Undo ...".
  /// Each is about the text as the ones before it left it.
  std::vector<TextChange> changes;
  /// Edits with the same number other than 0 that follow each other are one step: typing.
  int merge_id = 0;
};

/// Plans changes of one document's text. Changes are collected against the text as it is and come
/// out from back to front, so that none moves another; they must not overlap.
class TextEditor {
 public:
  /// `text` is what `root` was parsed from; both must outlive the editor.
  TextEditor(std::string file, std::string_view text) : file_(std::move(file)), finder_(text) {}

  [[nodiscard]] const SpanFinder& finder() const { return finder_; }

  void replace(TextSpan span, std::string text);
  /// Sets the value of `key`: in the place of the old one, or behind the last entry, on a line of
  /// its own in a block. `value` is YAML on one line, or a block that begins with a line break.
  void set_entry(const engine::Node& map, std::string_view key, std::string_view value);
  /// Takes an entry out, with its line in a block. The last one leaves `{}`.
  void remove_entry(const engine::Node& map, const engine::MapEntry& entry);
  /// Adds an item behind the last one.
  void append_item(const engine::Node& sequence, std::string_view item);
  /// Takes items out; all of them leave `[]`.
  void remove_items(const engine::Node& sequence, const std::vector<const engine::Node*>& items);

  [[nodiscard]] std::vector<TextChange> take();

 private:
  void remove_part(TextSpan whole, TextSpan part, bool is_first, std::size_t next,
                   std::size_t before);

  std::string file_;
  SpanFinder finder_;
  std::vector<TextChange> changes_;
};

/// Text as a YAML scalar on one line, quoted where it must be.
[[nodiscard]] std::string yaml_scalar(std::string_view text);

}  // namespace shaketable::gui
