#pragma once

#include <QTreeWidget>
#include <memory>
#include <string>
#include <vector>

#include "gui/document/mesh_edits.h"
#include "gui/workbench/workbench.h"

namespace shaketable::engine {
struct ObjectSpec;
}  // namespace shaketable::engine

namespace shaketable::gui {

/// Everything that a section of the files may say about something: the keys of the loader's own
/// tables with their documentation, what is written for each, and what holds where nothing is.
/// Values are edited as they are written in the files; emptying one takes its key out.
class PropertyTree : public QTreeWidget {
  Q_OBJECT

 public:
  /// A part of the tree: the object at a path of the files.
  struct Part {
    QString title;
    std::string object;  ///< Of engine::find_object.
    KeyPath path;
  };

  explicit PropertyTree(Workbench& workbench, QWidget* parent = nullptr);
  ~PropertyTree() override;

  void show_parts(std::vector<Part> parts);
  /// The item of a path; null when it is not shown.
  [[nodiscard]] QTreeWidgetItem* find(const KeyPath& path) const;

 Q_SIGNALS:
  /// What the key under the cursor means.
  /// A right click on a key.
  void menu_asked(const std::vector<std::string>& path, const QPoint& at);
  void documentation_changed(const QString& html);

 private:
  struct Parsed;

  void rebuild();
  void refresh();
  void fill(QTreeWidgetItem* parent, const engine::ObjectSpec& object, const KeyPath& path,
            int depth);
  void refresh(QTreeWidgetItem* item, const ParsedSource& parsed);
  void take_over(QTreeWidgetItem* item, int column);
  [[nodiscard]] const ParsedSource& parsed_source();

  Workbench& workbench_;
  std::vector<Part> parts_;
  bool is_filling_ = false;
  std::unique_ptr<Parsed> parsed_;  ///< Of the text that was shown last.
};

}  // namespace shaketable::gui
