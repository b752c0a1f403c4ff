#pragma once

#include <QTreeWidget>
#include <QWidget>
#include <map>
#include <optional>
#include <string>
#include <vector>

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
  /// Null when it is not in the mesh.
  [[nodiscard]] QTreeWidgetItem* item_of(const Selection& selection) const;

  /// What the item of a service shows: only what differs is changed, of thousands each frame.
  struct Shown {
    std::optional<NodeHealth> health;
    double rate = -1;
  };

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QLineEdit* search_ = nullptr;
  QTreeWidget* tree_ = nullptr;
  MeshShape shape_;
  std::vector<std::string> names_;
  std::map<std::string, int> index_;  ///< Of the items, by service.
  std::vector<Shown> shown_;          ///< Parallel to `names_`.
  bool is_filling_ = false;
};

}  // namespace shaketable::gui
