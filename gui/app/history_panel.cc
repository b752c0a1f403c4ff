#include "gui/app/history_panel.h"

#include <QSignalBlocker>

namespace shaketable::gui {

HistoryPanel::HistoryPanel(QWidget* parent) : QListWidget(parent) {
  setObjectName(QStringLiteral("history"));
  setAccessibleName(tr("Steps that can be undone"));
  setUniformItemSizes(true);
  setStyleSheet(QStringLiteral("QListWidget::item { border: 0; padding: 3px 8px; }"));
  const auto go = [this](QListWidgetItem* item) { Q_EMIT step_asked(row(item)); };
  connect(this, &QListWidget::itemClicked, this, go);
  connect(this, &QListWidget::itemActivated, this, go);
}

void HistoryPanel::show_steps(const QStringList& steps, int done) {
  const QSignalBlocker quiet(this);
  clear();
  addItem(tr("As it was opened"));
  for (const QString& step : steps) {
    addItem(step);
  }
  for (int i = done + 1; i < count(); ++i) {
    QFont font = item(i)->font();
    font.setItalic(true);
    item(i)->setFont(font);
    item(i)->setForeground(palette().color(QPalette::PlaceholderText));
    item(i)->setToolTip(tr("Was taken back; a click does it again"));
  }
  setCurrentRow(done);
  scrollToItem(currentItem());
}

void HistoryPanel::showEvent(QShowEvent* event) {
  QListWidget::showEvent(event);
  Q_EMIT shown();
}

}  // namespace shaketable::gui
