#pragma once

#include <QWidget>

#include "gui/canvas/canvas_view.h"

class QComboBox;

namespace shaketable::gui {

/// A strip along the lower edge of the canvas: what the colours tell, by choice, and the legend.
class OverlayBar : public QWidget {
  Q_OBJECT

 public:
  /// Becomes a part of the canvas and stays at its lower edge.
  explicit OverlayBar(CanvasView& canvas);

  void set_theme(const Theme& theme);
  [[nodiscard]] QComboBox& choice() { return *choice_; }
  /// Chooses as a person would.
  void choose(Overlay overlay);

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void place();
  void draw_dots(QPainter& painter, double left) const;

  CanvasView& canvas_;
  Theme theme_ = Theme::light();
  QComboBox* choice_ = nullptr;
};

}  // namespace shaketable::gui
