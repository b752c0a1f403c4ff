#pragma once

#include <QPlainTextEdit>
#include <QSyntaxHighlighter>
#include <QTimer>
#include <QWidget>
#include <string>

#include "gui/canvas/theme.h"
#include "gui/workbench/workbench.h"

class QComboBox;

namespace shaketable::gui {

/// Colours of YAML: keys, comments, quoted text, numbers with their units.
class YamlHighlighter : public QSyntaxHighlighter {
  Q_OBJECT

 public:
  using QSyntaxHighlighter::QSyntaxHighlighter;
  void set_theme(const Theme& theme);

 protected:
  void highlightBlock(const QString& text) override;

 private:
  Theme theme_ = Theme::light();
};

/// A text with line numbers and a mark beside each line that has a problem.
class TextArea : public QPlainTextEdit {
  Q_OBJECT

 public:
  explicit TextArea(QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  /// Problems by line (from 1), the worst of each.
  void set_problems(std::vector<engine::Diagnostic> problems);
  void go_to(int line);
  [[nodiscard]] const std::vector<engine::Diagnostic>& problems() const { return problems_; }

 protected:
  void resizeEvent(QResizeEvent* event) override;
  bool event(QEvent* event) override;

 private:
  friend class LineNumbers;
  [[nodiscard]] int margin() const;
  void draw_margin(QPaintEvent* event);
  void mark();

  QWidget* numbers_ = nullptr;
  YamlHighlighter* highlighter_ = nullptr;
  Theme theme_ = Theme::light();
  std::vector<engine::Diagnostic> problems_;
};

/// The files as text. What is typed is read again once the typing pauses; mistakes are underlined
/// where they are, and the canvas keeps the last mesh that could be read.
class SourcePanel : public QWidget {
  Q_OBJECT

 public:
  explicit SourcePanel(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  /// Shows a line of a file.
  void go_to(const std::string& file, int line);
  /// Reads what was typed at once.
  void take_over();
  [[nodiscard]] TextArea& text() { return *text_; }

 private:
  void refresh();
  void refresh_files();
  void show_file();
  [[nodiscard]] std::string file() const;

  Workbench& workbench_;
  QComboBox* files_ = nullptr;
  TextArea* text_ = nullptr;
  QTimer typing_;
  QString shown_;  ///< As it was put into the text: anything else was typed.
  bool is_filling_ = false;
};

}  // namespace shaketable::gui
