#pragma once

#include <QTreeWidget>
#include <QWidget>
#include <vector>

#include "gui/canvas/part.h"
#include "gui/canvas/theme.h"

namespace shaketable::gui {

/// A row of the palette.
struct PaletteRow {
  QString group;  ///< "Faults"; rows of a group stand together.
  QString title, about;
  Part part;
};

/// What can be dragged onto the drawing: parts of a mesh, and every fault. Enter or a double click
/// uses one on what is selected.
class PalettePanel : public QTreeWidget {
  Q_OBJECT

 public:
  explicit PalettePanel(std::vector<PaletteRow> rows, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  /// The row of a part; null when there is none.
  [[nodiscard]] QTreeWidgetItem* row(const QString& key) const;

 Q_SIGNALS:
  void chosen(const shaketable::gui::Part& part);

 protected:
  [[nodiscard]] QStringList mimeTypes() const override;
  [[nodiscard]] QMimeData* mimeData(const QList<QTreeWidgetItem*>& items) const override;

 private:
  [[nodiscard]] const PaletteRow* row_of(const QTreeWidgetItem& item) const;

  std::vector<PaletteRow> rows_;
};

}  // namespace shaketable::gui
