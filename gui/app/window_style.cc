#include "gui/app/window_style.h"

#include <QAbstractSpinBox>
#include <QPainter>
#include <QStyleOption>

namespace shaketable::gui {
namespace {

constexpr double kRound = 6;  // As the style sheet has it for text fields.

void draw_arrow(QPainter& painter, const QRect& button, bool up, const QColor& color) {
  const QPointF centre = QRectF(button).center() + QPointF(0, up ? 0.5 : -0.5);
  const double high = up ? -1.8 : 1.8;
  painter.setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.drawPolyline(QPolygonF{centre + QPointF(-3.2, -high), centre + QPointF(0, high),
                                 centre + QPointF(3.2, -high)});
}

}  // namespace

WindowStyle::WindowStyle() : QProxyStyle(QStringLiteral("fusion")) {}

void WindowStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option,
                                     QPainter* painter, const QWidget* widget) const {
  const auto* const spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
  if (control == CC_SpinBox && spin != nullptr && spin->frame &&
      spin->buttonSymbols != QAbstractSpinBox::NoButtons) {
    painter->save();
    draw_spin_box(*spin, *painter, widget);
    painter->restore();
    return;
  }
  QProxyStyle::drawComplexControl(control, option, painter, widget);
}

void WindowStyle::draw_spin_box(const QStyleOptionSpinBox& option, QPainter& painter,
                                const QWidget* widget) const {
  const QPalette& palette = option.palette;
  const bool is_enabled = option.state.testFlag(State_Enabled);
  const bool has_focus = option.state.testFlag(State_HasFocus);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(palette.color(has_focus ? QPalette::Highlight : QPalette::Mid), 1));
  painter.setBrush(palette.color(is_enabled ? QPalette::Base : QPalette::Window));
  painter.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), kRound, kRound);
  for (const bool up : {true, false}) {
    const SubControl which = up ? SC_SpinBoxUp : SC_SpinBoxDown;
    const QRect button = subControlRect(CC_SpinBox, &option, which, widget);
    const bool can_step = option.stepEnabled.testFlag(up ? QAbstractSpinBox::StepUpEnabled
                                                         : QAbstractSpinBox::StepDownEnabled);
    const bool is_under_mouse =
        option.activeSubControls == which && option.state.testFlag(State_MouseOver);
    const QPalette::ColorGroup group =
        is_enabled && can_step ? QPalette::Active : QPalette::Disabled;
    QColor color = palette.color(group, QPalette::ButtonText);
    if (group == QPalette::Disabled) {
      color.setAlphaF(0.5F);
    }
    draw_arrow(painter, button, up,
               is_under_mouse && can_step ? palette.color(QPalette::Highlight) : color);
  }
}

}  // namespace shaketable::gui
