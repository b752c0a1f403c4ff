#include "gui/app/window_style.h"

#include <QAbstractItemView>
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
  const auto* const choice = qstyleoption_cast<const QStyleOptionComboBox*>(option);
  if (control == CC_ComboBox && choice != nullptr && choice->frame && !choice->editable) {
    painter->save();
    draw_choice(*choice, *painter, widget);
    painter->restore();
    return;
  }
  QProxyStyle::drawComplexControl(control, option, painter, widget);
}

void WindowStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option,
                                QPainter* painter, const QWidget* widget) const {
  // Of a row of a list, which a view draws without saying whose it is.
  if (element == PE_FrameFocusRect &&
      (widget == nullptr || qobject_cast<const QAbstractItemView*>(widget) != nullptr)) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(option->palette.color(QPalette::Highlight), 1));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter->restore();
    return;
  }
  if (element != PE_IndicatorCheckBox) {
    QProxyStyle::drawPrimitive(element, option, painter, widget);
    return;
  }
  const bool is_on = option->state.testFlag(State_On);
  const bool is_enabled = option->state.testFlag(State_Enabled);
  const QRectF box = QRectF(option->rect).adjusted(1.5, 1.5, -1.5, -1.5);
  const QPalette& palette = option->palette;
  const QColor full = palette.color(is_enabled ? QPalette::Highlight : QPalette::Mid);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(is_on        ? full
                       : is_enabled ? palette.color(QPalette::PlaceholderText)
                                    : palette.color(QPalette::Mid),
                       1));
  painter->setBrush(is_on ? full : palette.color(QPalette::Base));
  painter->drawRoundedRect(box, 3, 3);
  if (is_on) {
    painter->setPen(QPen(palette.color(QPalette::HighlightedText), 1.7, Qt::SolidLine, Qt::RoundCap,
                         Qt::RoundJoin));
    const QPointF centre = box.center();
    painter->drawPolyline(QPolygonF{centre + QPointF(-3, 0.2), centre + QPointF(-0.8, 2.4),
                                    centre + QPointF(3.2, -2.4)});
  }
  painter->restore();
}

void WindowStyle::draw_choice(const QStyleOptionComboBox& option, QPainter& painter,
                              const QWidget* widget) const {
  const QPalette& palette = option.palette;
  const bool is_enabled = option.state.testFlag(State_Enabled);
  const bool is_marked = option.state.testFlag(State_HasFocus) ||
                         (is_enabled && option.state.testFlag(State_MouseOver));
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(palette.color(is_marked ? QPalette::Highlight : QPalette::Mid), 1));
  painter.setBrush(palette.color(is_enabled ? QPalette::Base : QPalette::Window));
  painter.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), kRound, kRound);
  const QRect arrow = subControlRect(CC_ComboBox, &option, SC_ComboBoxArrow, widget);
  draw_arrow(
      painter, arrow, false,
      palette.color(is_enabled ? QPalette::Active : QPalette::Disabled, QPalette::PlaceholderText));
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
