#pragma once

#include <QFrame>
#include <functional>
#include <vector>

#include "gui/canvas/theme.h"

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace shaketable::gui {

/// A line above the canvas that says something without stopping anybody; with a button when
/// something can be done about it.
class MessageBar : public QFrame {
  Q_OBJECT

 public:
  explicit MessageBar(QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  void say(const QString& text, bool is_error);
  struct Answer {
    QString title;
    std::function<void()> act;
    bool stays = false;  ///< The question is still there afterwards.
  };
  /// Says something that can be answered, in one way or in several.
  void ask(const QString& text, std::vector<Answer> answers);
  void ask(const QString& text, const QString& answer, std::function<void()> act);
  [[nodiscard]] QString text() const;

 private:
  void paint();

  Theme theme_ = Theme::light();
  bool is_error_ = false;
  QLabel* label_ = nullptr;
  QHBoxLayout* row_ = nullptr;
  std::vector<QPushButton*> answers_;
};

}  // namespace shaketable::gui
