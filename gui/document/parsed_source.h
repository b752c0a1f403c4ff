#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/document.h"
#include "engine/scenario/source.h"
#include "gui/document/text_edit.h"

namespace shaketable::gui {

/// A map that holds sections of a scenario or a mesh, and the editor of its file.
struct Section {
  const engine::Node* map = nullptr;
  TextEditor* editor = nullptr;
  const std::string* file = nullptr;
};

/// The files of a scenario as documents, for edits. `source` must outlive it.
class ParsedSource {
 public:
  explicit ParsedSource(const engine::ScenarioSource& source);
  ParsedSource(const ParsedSource&) = delete;
  ParsedSource& operator=(const ParsedSource&) = delete;

  /// The scenario's own top level, the mesh inside of it, then the mesh's file: where a section may
  /// stand, most telling first.
  [[nodiscard]] const std::vector<Section>& tops() const { return tops_; }
  /// The top that has `services`, or null.
  [[nodiscard]] const Section* with_services() const;

  /// All changes that were planned, file by file.
  [[nodiscard]] std::vector<TextChange> take();

 private:
  struct File {
    const std::string* name;
    engine::Document document;
    TextEditor editor;
  };

  File* find(std::string_view name);
  void add_tops();

  const engine::ScenarioSource& source_;
  std::deque<File> files_;
  std::vector<Section> tops_;
};

}  // namespace shaketable::gui
