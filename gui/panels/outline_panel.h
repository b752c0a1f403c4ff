#pragma once

#include <QTreeWidget>
#include <QWidget>

#include "gui/canvas/theme.h"
#include "gui/workbench/workbench.h"

class QLineEdit;

namespace shaketable::gui {

/// The mesh as a list that can be read aloud: every service with its state, below it the calls that
/// it makes. The twin of the canvas: the selection is the same.
class OutlinePanel : public QWidget {
  Q_OBJECT

 public:
  explicit OutlinePanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] QTreeWidget& tree() { return *tree_; }
  [[nodiscard]] QLineEdit& search() { return *search_; }

 Q_SIGNALS:
  void search_changed(const QString& text);
  void context_asked(const shaketable::gui::Selection& selection, const QPoint& at);
  void activated(const shaketable::gui::Selection& selection);

 private:
  void rebuild();
  void refresh_states();
  void refresh_selection();
  void filter(const QString& text);
  [[nodiscard]] static Selection selection_of(const QTreeWidgetItem& item);

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QLineEdit* search_ = nullptr;
  QTreeWidget* tree_ = nullptr;
  MeshShape shape_;
  std::vector<std::string> names_;
  bool is_filling_ = false;
};

}  // namespace shaketable::gui
