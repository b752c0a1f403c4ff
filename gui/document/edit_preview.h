#pragma once

#include <string>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/scenario/source.h"
#include "gui/document/text_edit.h"

namespace shaketable::gui {

/// A file that an edit changes.
struct PreviewedFile {
  std::string name;
  std::string before, after;
};

/// What an edit would do, without doing it.
struct EditPreview {
  std::vector<PreviewedFile> files;  ///< Those that change, in the order of the source.
  bool loads = false;                ///< Whether the result can be read.
  /// What the reader finds in the result, errors first, that it does not find now.
  std::vector<engine::Diagnostic> problems;
};

/// Reads the scenario twice: before and after. `edit` must have been planned for `source`.
[[nodiscard]] EditPreview preview(const engine::ScenarioSource& source, const DocumentEdit& edit);

}  // namespace shaketable::gui
