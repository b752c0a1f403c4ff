#pragma once

#include <QProxyStyle>
#include <QStyleOption>

namespace shaketable::gui {

/// Fusion, with number fields, choices and boxes to tick whose edges are as round as those of text
/// fields, and a plain frame around the current row of a list. What a style sheet cannot say
/// without pictures of arrows.
class WindowStyle : public QProxyStyle {
  Q_OBJECT

 public:
  WindowStyle();

  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
                          QPainter* painter, const QWidget* widget) const override;
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;

 private:
  void draw_choice(const QStyleOptionComboBox& option, QPainter& painter,
                   const QWidget* widget) const;
  void draw_spin_box(const QStyleOptionSpinBox& option, QPainter& painter,
                     const QWidget* widget) const;
};

}  // namespace shaketable::gui
