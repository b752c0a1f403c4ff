#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cli/scenario_set.h"
#include "engine/formats/diagnostic.h"
#include "gui/document/text_edit.h"
#include "proxy/base/result.h"

namespace shaketable::gui {

/// Whether an edit may leave mistakes behind.
enum class EditRule {
  kMayBreak,      ///< Typing: half a word is no mistake yet; the problems are listed.
  kMustStayGood,  ///< A command: refused when the result does not load although the text did.
};

/// A scenario that is being edited: the text of its files, what they mean, and the way back.
///
/// The text is the truth. Every change, typed or commanded, changes text; after it the files are
/// read as `shaketable` reads them. When they cannot be read the last good scenario stays, so that
/// there is something to look at. Not thread-safe; scenarios that were handed out are immutable.
class ScenarioDocument {
 public:
  using Scenario = std::shared_ptr<const engine::LoadedScenario>;

  /// An empty document without a file.
  ScenarioDocument();

  /// Reads a scenario or a mesh with the files that it names. Fails only when the file itself
  /// cannot be read; mistakes inside are `problems()`.
  [[nodiscard]] static proxy::Result<ScenarioDocument> open(const std::string& path);
  /// A document of one file that is not on the disk yet.
  [[nodiscard]] static ScenarioDocument from_text(const std::string& name, std::string text);

  [[nodiscard]] const engine::ScenarioSource& source() const { return source_; }
  /// Name of the scenario's own file; empty when it has none yet.
  [[nodiscard]] const std::string& path() const { return source_.file; }
  [[nodiscard]] const std::string* text_of(std::string_view file) const;

  /// The scenario as of the last text that could be read or, when none could, what can be read of
  /// the text (`read_good_part`); null when that is nothing.
  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  /// Whether `scenario()` is what the text says now.
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] const std::vector<engine::Diagnostic>& problems() const { return problems_; }
  [[nodiscard]] std::size_t errors() const;
  /// Grows with every change, of undo and redo as well.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  /// Lets its revisions come after that one: for whoever shows one document after another.
  void count_from(std::uint64_t revision) { revision_ = revision + 1; }

  /// Carries an edit out. Fails, and changes nothing, by `rule`.
  proxy::Result<void> apply(DocumentEdit edit, EditRule rule = EditRule::kMustStayGood);
  /// Makes `text` the text of a file, as one step with the ones before that were typed.
  void type(const std::string& file, const std::string& text);

  [[nodiscard]] bool can_undo() const { return position_ > 0; }
  [[nodiscard]] bool can_redo() const { return position_ < steps_.size(); }
  /// How many steps are carried out: what else a window can take back is ordered by it.
  [[nodiscard]] std::size_t position() const { return position_; }
  /// What the steps are called, those that are carried out and those that were taken back.
  [[nodiscard]] std::vector<std::string> labels() const;
  [[nodiscard]] std::string undo_label() const;
  [[nodiscard]] std::string redo_label() const;
  void undo();
  void redo();
  /// Ends a run of typing: what is typed next is a step of its own.
  void end_typing() { typing_ended_ = true; }

  /// Whether the files on the disk hold something else.
  [[nodiscard]] bool is_modified() const;
  /// A file as it was read or written last; null for one that never was.
  [[nodiscard]] const engine::SourceFile* saved(std::string_view file) const;
  /// Writes the files that changed, each as a whole or not at all.
  proxy::Result<void> save();
  /// Writes the scenario's own file elsewhere and goes on with that one. The files that it names
  /// stay where they are: relative paths are changed to lead there. What was done before cannot be
  /// taken back.
  proxy::Result<void> save_as(const std::string& path);

 private:
  void read();
  void take_over(std::optional<engine::Scenario> scenario);
  proxy::Result<void> save_others();
  proxy::Result<void> save_file(const std::string& name);
  void carry_out(const DocumentEdit& edit);
  void take_back(const DocumentEdit& edit);
  bool try_merge(const DocumentEdit& edit);

  engine::ScenarioSource source_;
  std::vector<engine::SourceFile> saved_;  ///< As the disk has them.
  Scenario scenario_;
  bool is_good_ = false;
  bool is_part_ = false;  ///< Nothing could be read as a whole yet: the scenario is a part.
  std::vector<engine::Diagnostic> problems_;
  std::uint64_t revision_ = 0;
  std::vector<DocumentEdit> steps_;
  std::size_t position_ = 0;  ///< Steps that are carried out.
  bool typing_ended_ = true;
};

}  // namespace shaketable::gui
