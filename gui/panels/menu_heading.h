#pragma once

#include <QAction>
#include <QFont>
#include <QMenu>
#include <QString>

namespace shaketable::gui {

/// A line of a menu that says what the entries below it are about. (`QMenu::addSection` loses its
/// words where a style sheet draws the menu.)
inline QAction* add_heading(QMenu& menu, const QString& text) {
  if (!menu.isEmpty()) {
    menu.addSeparator();
  }
  QAction* const heading = menu.addAction(text);
  heading->setEnabled(false);
  QFont font = menu.font();
  font.setWeight(QFont::DemiBold);
  heading->setFont(font);
  return heading;
}

}  // namespace shaketable::gui
