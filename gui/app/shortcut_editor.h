#pragma once

#include <QDialog>
#include <QKeySequence>
#include <QList>
#include <QString>
#include <utility>
#include <vector>

class QAction;
class QKeySequenceEdit;
class QLabel;
class QLineEdit;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace shaketable::gui {

/// An action whose keys can be chosen, and those that it has by itself.
struct ShortcutEntry {
  QAction* action = nullptr;
  QList<QKeySequence> usual;
};

/// Gives actions the keys that were chosen for them, as kept in the settings.
void restore_shortcuts(const std::vector<ShortcutEntry>& entries);

/// All keys of the window, to look up and to change. A change holds at once and is kept; keys that
/// another action has are taken from it only after that was said.
class ShortcutEditor : public QDialog {
  Q_OBJECT

 public:
  /// `hands`: what is done with the mouse, for reading.
  ShortcutEditor(std::vector<ShortcutEntry> entries,
                 const std::vector<std::pair<QString, QString>>& hands, QWidget* parent = nullptr);

  [[nodiscard]] QTreeWidget& list() { return *list_; }
  [[nodiscard]] QLineEdit& filter_line() { return *filter_; }
  [[nodiscard]] QString verdict() const;
  /// Chooses the action of this name.
  void choose(const QString& name);
  /// Gives the chosen action these keys, as pressing them does.
  void assign(const QKeySequence& keys);
  /// The chosen action has its own keys again; another that has got them meanwhile loses them.
  void reset();
  void reset_all();

 private:
  [[nodiscard]] ShortcutEntry* chosen();
  void filter(const QString& text);
  void keep(const ShortcutEntry& entry, const QList<QKeySequence>& keys);
  void refresh();

  std::vector<ShortcutEntry> entries_;
  QTreeWidget* list_ = nullptr;
  QLineEdit* filter_ = nullptr;
  QKeySequenceEdit* keys_ = nullptr;
  QPushButton* usual_ = nullptr;
  QLabel* verdict_ = nullptr;
  QKeySequence pending_;  ///< Another action has it; assigned when it is pressed again.
};

}  // namespace shaketable::gui
