#pragma once

#include <QDialog>
#include <QString>
#include <functional>
#include <vector>

class QAction;
class QLineEdit;
class QListWidget;

namespace shaketable::gui {

/// What an action is called where its menu is not seen: "Appearance: Always dark". Actions whose
/// own text does not say it have a property `kMenuTitle`.
[[nodiscard]] QString title_of(const QAction& action);
inline constexpr const char* kMenuTitle = "menu_title";

/// Something that the palette can do.
struct PaletteEntry {
  QString title;
  QString detail;  ///< The shortcut, or what kind of thing it is.
  std::function<void()> act;
};

/// Everything that the window can do, by typing a few letters of it: actions, services, problems.
class CommandPalette : public QDialog {
  Q_OBJECT

 public:
  CommandPalette(std::vector<PaletteEntry> entries, QWidget* parent);

  [[nodiscard]] QLineEdit& line() { return *line_; }
  [[nodiscard]] QListWidget& list() { return *list_; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void filter(const QString& text);
  void carry_out();

  std::vector<PaletteEntry> entries_;
  QLineEdit* line_ = nullptr;
  QListWidget* list_ = nullptr;
};

/// How well `text` fits what was typed: all letters in their order; more when they stand together
/// and at the beginning of words. Negative: not at all.
[[nodiscard]] int match_score(const QString& text, const QString& typed);

}  // namespace shaketable::gui
