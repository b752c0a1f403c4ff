#pragma once

#include <QTreeWidget>

#include "gui/workbench/workbench.h"

namespace shaketable::gui {

/// The moments that a person has marked, with what they are called. A click goes to one, a double
/// click (or F2) changes its words, Delete takes it away.
class NotesPanel : public QTreeWidget {
  Q_OBJECT

 public:
  explicit NotesPanel(Workbench& workbench, QWidget* parent = nullptr);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void refresh();
  void go(QTreeWidgetItem& item);
  void remove_current();
  void take_words(QTreeWidgetItem& item);

  Workbench& workbench_;
};

}  // namespace shaketable::gui
