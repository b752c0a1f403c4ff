#pragma once

#include <QDialog>
#include <memory>
#include <optional>

#include "gui/canvas/selection.h"
#include "gui/canvas/theme.h"
#include "gui/document/edit_preview.h"
#include "gui/wizards/policy_form.h"
#include "gui/workbench/workbench.h"

class QComboBox;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace shaketable::gui {

class DiffView;

/// One of the six wizards: whose calls, a form, and beside it the files before and after. "Apply"
/// is one step of the document; while a run goes on, "Push to the run" brings the policy to its
/// sidecars instead, as `istioctl` would.
class PolicyWizard : public QDialog {
  Q_OBJECT

 public:
  /// About what is selected: a service, or one caller's calls to it.
  PolicyWizard(WizardKind kind, Workbench& workbench, const Theme& theme,
               QWidget* parent = nullptr);

  [[nodiscard]] PolicyForm* form() const { return form_; }
  [[nodiscard]] DiffView& diff() { return *diff_; }
  [[nodiscard]] QComboBox& callee() { return *callee_; }
  [[nodiscard]] QComboBox& caller() { return *caller_; }
  [[nodiscard]] QPushButton& apply_button() { return *apply_; }
  [[nodiscard]] QPushButton& push_button() { return *push_; }

 public Q_SLOTS:
  void accept() override;

 private:
  void create_head(QVBoxLayout& column);
  void create_buttons(QVBoxLayout& column);
  void choose(const Selection& selection);
  void fill_callers();
  void rebuild();
  void refresh();
  void push();
  [[nodiscard]] std::string label() const;

  WizardKind kind_;
  Workbench& workbench_;
  Theme theme_;
  std::shared_ptr<const engine::LoadedScenario> scenario_;  ///< What the form is about.
  std::optional<DocumentEdit> edit_;                        ///< As previewed.
  QComboBox* callee_ = nullptr;
  QComboBox* caller_ = nullptr;
  QWidget* place_ = nullptr;  ///< Of the form.
  PolicyForm* form_ = nullptr;
  DiffView* diff_ = nullptr;
  QLabel* problems_ = nullptr;
  QComboBox* delay_ = nullptr;
  QPushButton* push_ = nullptr;
  QPushButton* apply_ = nullptr;
};

}  // namespace shaketable::gui
