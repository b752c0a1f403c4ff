#include "gui/app/shortcut_editor.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/app/command_palette.h"

namespace shaketable::gui {
namespace {

constexpr int kActionName = Qt::UserRole;

QString keys_setting(const QAction& action) {
  return QStringLiteral("keys/") + action.objectName();
}

QString shown_keys(const QAction& action) {
  return QKeySequence::listToString(action.shortcuts(), QKeySequence::NativeText);
}

}  // namespace

void restore_shortcuts(const std::vector<ShortcutEntry>& entries) {
  const QSettings settings;
  for (const ShortcutEntry& entry : entries) {
    const QString key = keys_setting(*entry.action);
    if (settings.contains(key)) {
      entry.action->setShortcuts(
          QKeySequence::listFromString(settings.value(key).toString(), QKeySequence::PortableText));
    }
  }
}

ShortcutEditor::ShortcutEditor(std::vector<ShortcutEntry> entries,
                               const std::vector<std::pair<QString, QString>>& hands,
                               QWidget* parent)
    : QDialog(parent), entries_(std::move(entries)) {
  setObjectName(QStringLiteral("keys"));
  setWindowTitle(tr("Keys"));
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(16, 14, 16, 14);
  column->setSpacing(10);
  filter_ = new QLineEdit(this);
  filter_->setPlaceholderText(tr("Find an action or a key"));
  filter_->setClearButtonEnabled(true);
  column->addWidget(filter_);
  list_ = new QTreeWidget(this);
  list_->setHeaderLabels({tr("What"), tr("Keys")});
  list_->setRootIsDecorated(false);
  list_->setAllColumnsShowFocus(true);
  list_->setAccessibleName(tr("Actions and their keys"));
  for (const ShortcutEntry& entry : entries_) {
    auto* const item = new QTreeWidgetItem(list_, {title_of(*entry.action), QString()});
    item->setData(0, kActionName, entry.action->objectName());
  }
  for (const auto& [what, how] : hands) {
    auto* const item = new QTreeWidgetItem(list_, {what, how});
    item->setForeground(0, palette().color(QPalette::PlaceholderText));
    item->setForeground(1, palette().color(QPalette::PlaceholderText));
  }
  list_->sortItems(0, Qt::AscendingOrder);
  list_->header()->setStretchLastSection(true);
  list_->setColumnWidth(0, 320);
  column->addWidget(list_, 1);
  auto* const row = new QHBoxLayout;
  row->addWidget(new QLabel(tr("Press the new keys"), this));
  keys_ = new QKeySequenceEdit(this);
  keys_->setEnabled(false);
  row->addWidget(keys_, 1);
  usual_ = new QPushButton(tr("Reset"), this);
  usual_->setEnabled(false);
  row->addWidget(usual_);
  column->addLayout(row);
  verdict_ = new QLabel(this);
  verdict_->setWordWrap(true);
  verdict_->setMinimumHeight(fontMetrics().height() * 2);
  column->addWidget(verdict_);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  QPushButton* const all = buttons->addButton(tr("Reset all"), QDialogButtonBox::ResetRole);
  column->addWidget(buttons);
  for (QPushButton* const button : findChildren<QPushButton*>()) {
    button->setAutoDefault(false);  // Enter in the line that filters presses none of them.
  }
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(all, &QPushButton::clicked, this, &ShortcutEditor::reset_all);
  connect(usual_, &QPushButton::clicked, this, &ShortcutEditor::reset);
  connect(filter_, &QLineEdit::textChanged, this, &ShortcutEditor::filter);
  connect(keys_, &QKeySequenceEdit::editingFinished, this, [this] {
    if (!keys_->keySequence().isEmpty()) {
      assign(keys_->keySequence());
    }
  });
  connect(list_, &QTreeWidget::currentItemChanged, this, [this] {
    pending_ = {};
    verdict_->clear();
    refresh();
  });
  refresh();
  resize(600, 600);
}

QString ShortcutEditor::verdict() const { return verdict_->text(); }

void ShortcutEditor::choose(const QString& name) {
  for (int i = 0; i < list_->topLevelItemCount(); ++i) {
    if (list_->topLevelItem(i)->data(0, kActionName).toString() == name) {
      list_->setCurrentItem(list_->topLevelItem(i));
    }
  }
}

ShortcutEntry* ShortcutEditor::chosen() {
  const QTreeWidgetItem* const item = list_->currentItem();
  const QString name = item == nullptr ? QString() : item->data(0, kActionName).toString();
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const ShortcutEntry& each) {
    return each.action->objectName() == name;
  });
  return found == entries_.end() ? nullptr : &*found;
}

void ShortcutEditor::assign(const QKeySequence& keys) {
  ShortcutEntry* const entry = chosen();
  if (entry == nullptr) {
    return;
  }
  for (const ShortcutEntry& other : entries_) {
    if (other.action == entry->action || !other.action->shortcuts().contains(keys)) {
      continue;
    }
    if (pending_ != keys) {
      pending_ = keys;
      verdict_->setText(tr("%1 is \"%2\" already. Press it once more to take it from there.")
                            .arg(keys.toString(QKeySequence::NativeText), title_of(*other.action)));
      keys_->clear();
      return;
    }
    QList<QKeySequence> left = other.action->shortcuts();
    left.removeAll(keys);
    keep(other, left);
  }
  pending_ = {};
  keep(*entry, {keys});
  verdict_->setText(tr("\"%1\" is %2 from now on.")
                        .arg(title_of(*entry->action), keys.toString(QKeySequence::NativeText)));
  refresh();
}

void ShortcutEditor::reset() {
  if (ShortcutEntry* const entry = chosen()) {
    verdict_->clear();
    for (const ShortcutEntry& other : entries_) {
      QList<QKeySequence> left = other.action->shortcuts();
      const auto is_taken = [entry](const QKeySequence& keys) {
        return entry->usual.contains(keys);
      };
      if (other.action != entry->action && left.removeIf(is_taken) > 0) {
        keep(other, left);
        verdict_->setText(tr("They were taken from \"%1\".").arg(title_of(*other.action)));
      }
    }
    keep(*entry, entry->usual);
    refresh();
  }
}

void ShortcutEditor::reset_all() {
  for (const ShortcutEntry& entry : entries_) {
    entry.action->setShortcuts(entry.usual);
    QSettings().remove(keys_setting(*entry.action));
  }
  verdict_->setText(tr("All keys are as they were made."));
  refresh();
}

void ShortcutEditor::keep(const ShortcutEntry& entry, const QList<QKeySequence>& keys) {
  entry.action->setShortcuts(keys);
  QSettings settings;
  if (keys == entry.usual) {
    settings.remove(keys_setting(*entry.action));
  } else {
    settings.setValue(keys_setting(*entry.action),
                      QKeySequence::listToString(keys, QKeySequence::PortableText));
  }
}

void ShortcutEditor::filter(const QString& text) {
  for (int i = 0; i < list_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* const item = list_->topLevelItem(i);
    item->setHidden(!item->text(0).contains(text, Qt::CaseInsensitive) &&
                    !item->text(1).contains(text, Qt::CaseInsensitive));
  }
}

void ShortcutEditor::refresh() {
  for (int i = 0; i < list_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* const item = list_->topLevelItem(i);
    for (const ShortcutEntry& entry : entries_) {
      if (entry.action->objectName() != item->data(0, kActionName).toString()) {
        continue;
      }
      item->setText(1, shown_keys(*entry.action));
      QFont font = item->font(1);
      font.setBold(entry.action->shortcuts() != entry.usual);
      item->setFont(1, font);
    }
  }
  const ShortcutEntry* const entry = chosen();
  keys_->clear();
  keys_->setEnabled(entry != nullptr);
  usual_->setEnabled(entry != nullptr && entry->action->shortcuts() != entry->usual);
}

}  // namespace shaketable::gui
