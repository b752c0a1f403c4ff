#pragma once

#include <QTreeWidget>
#include <QWidget>
#include <map>
#include <memory>
#include <string>

#include "engine/judge/comparison.h"
#include "gui/canvas/canvas_painter.h"
#include "gui/canvas/theme.h"
#include "gui/workbench/workbench.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace shaketable::gui {

/// The runs of this session, and two of them side by side: what changed, and how sure that is.
class RunsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit RunsPanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] QTreeWidget& list() { return *list_; }
  [[nodiscard]] QTreeWidget& changes() { return *changes_; }
  /// The comparison of the run that is shown with the one that was chosen; null for none.
  [[nodiscard]] const engine::RunComparison* comparison() const { return comparison_.get(); }
  /// Services that did better or worse than in the run that is compared with, by name.
  [[nodiscard]] std::map<std::string, Ring> changed_services() const;
  /// A page with both runs; empty when nothing is compared.
  [[nodiscard]] std::string comparison_page() const;

 Q_SIGNALS:
  void compared();  ///< Another comparison, or none.

 private:
  void refresh();
  void refresh_baselines();
  void compare();
  void list_changes();

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QTreeWidget* list_ = nullptr;
  QComboBox* baseline_ = nullptr;
  QLabel* headline_ = nullptr;
  QTreeWidget* changes_ = nullptr;
  std::unique_ptr<engine::RunComparison> comparison_;
  const void* before_ = nullptr;
  const void* after_ = nullptr;
  bool is_filling_ = false;
};

}  // namespace shaketable::gui
