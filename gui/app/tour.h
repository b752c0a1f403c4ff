#pragma once

#include <QFrame>
#include <QPointer>
#include <functional>
#include <vector>

#include "gui/canvas/theme.h"

class QLabel;
class QPushButton;

namespace shaketable::gui {

/// A step of the tour: what to look at, what to do, and whether it is done.
struct TourStep {
  QString title, text;
  QWidget* beside = nullptr;        ///< What the card stands beside, and the frame around.
  QString offer;                    ///< A button that does it for the person; empty: none.
  std::function<void()> act;        ///< Of the button.
  std::function<bool()> is_done{};  ///< Then the tour goes on by itself; null: "Next" alone.
};

/// A card beside what it is about, with a frame around that; one for each step. Nothing is blocked
/// meanwhile: people do the thing itself.
class Tour : public QFrame {
  Q_OBJECT

 public:
  Tour(std::vector<TourStep> steps, const Theme& theme, QWidget* window);
  ~Tour() override;

  [[nodiscard]] int step() const { return step_; }
  [[nodiscard]] QPushButton& next_button() { return *next_; }
  [[nodiscard]] QPushButton& offer_button() { return *offer_; }
  void show_step(int step);
  /// Goes on when what the step asks for is done.
  void look();

 Q_SIGNALS:
  void ended();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void end();
  void place();

  std::vector<TourStep> steps_;
  int step_ = 0;
  QLabel* count_ = nullptr;
  QLabel* title_ = nullptr;
  QLabel* text_ = nullptr;
  QPushButton* back_ = nullptr;
  QPushButton* offer_ = nullptr;
  QPushButton* next_ = nullptr;
  QPointer<QFrame> frame_;
};

}  // namespace shaketable::gui
