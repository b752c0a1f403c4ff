#include "gui/panels/palette_panel.h"

#include <QMimeData>
#include <utility>

#include "gui/panels/part_icons.h"

namespace shaketable::gui {
namespace {

constexpr int kRow = Qt::UserRole;

}  // namespace

PalettePanel::PalettePanel(std::vector<PaletteRow> rows, QWidget* parent)
    : QTreeWidget(parent), rows_(std::move(rows)) {
  setObjectName(QStringLiteral("parts"));
  setAccessibleName(tr("Palette"));
  setHeaderHidden(true);
  setRootIsDecorated(false);
  setItemsExpandable(false);
  setIndentation(10);
  setUniformRowHeights(true);
  setDragEnabled(true);
  setDragDropMode(QAbstractItemView::DragOnly);
  QTreeWidgetItem* group = nullptr;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const PaletteRow& row = rows_[i];
    if (group == nullptr || group->text(0) != row.group) {
      group = new QTreeWidgetItem(this, {row.group});
      group->setFlags(Qt::ItemIsEnabled);
      QFont font = group->font(0);
      font.setWeight(QFont::DemiBold);
      group->setFont(0, font);
    }
    auto* const item = new QTreeWidgetItem(group, {row.title});
    item->setData(0, kRow, static_cast<qulonglong>(i));
    item->setToolTip(
        0, tr("%1. Drag it onto the mesh, or press Enter for what is selected.").arg(row.about));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled);
  }
  expandAll();
  connect(this, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* item) {
    if (const PaletteRow* const row = row_of(*item)) {
      Q_EMIT chosen(row->part);
    }
  });
}

void PalettePanel::set_theme(const Theme& theme) {
  for (QTreeWidgetItemIterator it(this); *it != nullptr; ++it) {
    if (const PaletteRow* const row = row_of(**it)) {
      (*it)->setIcon(0, part_icon(row->part.key, theme));
    } else {
      (*it)->setForeground(0, theme.muted);
    }
  }
}

const PaletteRow* PalettePanel::row_of(const QTreeWidgetItem& item) const {
  const QVariant row = item.data(0, kRow);
  return row.isValid() ? &rows_[row.toULongLong()] : nullptr;
}

QTreeWidgetItem* PalettePanel::row(const QString& key) const {
  for (QTreeWidgetItemIterator it(const_cast<PalettePanel*>(this)); *it != nullptr; ++it) {
    const PaletteRow* const row = row_of(**it);
    if (row != nullptr && row->part.key == key) {
      return *it;
    }
  }
  return nullptr;
}

QStringList PalettePanel::mimeTypes() const { return mime_of(Part{})->formats(); }

QMimeData* PalettePanel::mimeData(const QList<QTreeWidgetItem*>& items) const {
  const PaletteRow* const row = items.isEmpty() ? nullptr : row_of(*items.front());
  return row == nullptr ? nullptr : mime_of(row->part).release();
}

}  // namespace shaketable::gui
