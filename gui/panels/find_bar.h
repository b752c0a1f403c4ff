#pragma once

#include <QWidget>
#include <optional>
#include <string>
#include <vector>

#include "gui/canvas/theme.h"
#include "gui/find/find_expression.h"
#include "gui/workbench/workbench.h"

class QCompleter;
class QLabel;
class QLineEdit;
class QToolButton;

namespace shaketable::gui {

/// A line above the canvas in which services are found, and hidden, by expressions:
/// `rps > 100 and zone = eu-a`. Follows the moment of the run.
class FindBar : public QWidget {
  Q_OBJECT

 public:
  explicit FindBar(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] QLineEdit& find() { return *find_; }
  [[nodiscard]] QLineEdit& find_line() { return *find_; }
  [[nodiscard]] QLineEdit& hide_line() { return *hide_; }
  [[nodiscard]] QString verdict() const;
  /// Asks again: the mesh is another one. For whoever shows it, after that.
  void refresh();
  /// Becomes visible, with the keyboard in the line of what is found.
  void begin();
  /// Clears both lines and goes away.
  void end();
  /// Expressions that are offered, those of the person first.
  [[nodiscard]] QStringList offered() const;

 Q_SIGNALS:
  /// By service; nothing: everything is found.
  void found_changed(const std::optional<std::vector<bool>>& found);
  void hidden_changed(const std::vector<bool>& hidden);
  /// The next one of what is found.
  void reveal_asked(const QString& service);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  /// One of the two lines, and what it says.
  struct Asked {
    FindExpression expression;
    std::vector<bool> services;  ///< As of the last evaluation.
    QString mistake;
  };
  QLineEdit* add_line(const QString& name, const QString& hint);
  void read(QLineEdit* line, Asked& asked);
  void evaluate(bool is_new);
  void show_verdict();
  void reveal_next();
  void fill_menu();
  void keep_expression();
  void complete(const QString& text);

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  QLineEdit* find_ = nullptr;
  QLineEdit* hide_ = nullptr;
  QLabel* verdict_ = nullptr;
  QToolButton* offers_ = nullptr;
  QToolButton* close_ = nullptr;
  QCompleter* completer_ = nullptr;
  Asked found_, hidden_;
  std::size_t next_ = 0;
};

}  // namespace shaketable::gui
