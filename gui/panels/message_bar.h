#pragma once

#include <QFrame>
#include <functional>

#include "gui/canvas/theme.h"

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
  /// Says something that can be answered.
  void ask(const QString& text, const QString& answer, std::function<void()> act);
  [[nodiscard]] QString text() const;

 private:
  void paint();

  Theme theme_ = Theme::light();
  bool is_error_ = false;
  QLabel* label_ = nullptr;
  QPushButton* answer_ = nullptr;
  std::function<void()> act_;
};

}  // namespace shaketable::gui
