#include "gui/canvas/theme.h"

#include <algorithm>
#include <iterator>

namespace shaketable::gui {

Theme Theme::light() {
  Theme theme;
  theme.window = QColor(0xf1, 0xf3, 0xf6);
  theme.panel = QColor(0xff, 0xff, 0xff);
  theme.canvas = QColor(0xf7, 0xf8, 0xfa);
  theme.grid = QColor(0xe3, 0xe6, 0xeb);
  theme.card = QColor(0xff, 0xff, 0xff);
  theme.border = QColor(0xcf, 0xd5, 0xdd);
  theme.text = QColor(0x1b, 0x20, 0x28);
  theme.muted = QColor(0x5b, 0x65, 0x73);
  theme.accent = QColor(0x0b, 0x6f, 0xb8);
  theme.selection = QColor(0x0b, 0x6f, 0xb8, 46);
  theme.healthy = QColor(0x0b, 0x6f, 0xb8);
  theme.degraded = QColor(0xc7, 0x7c, 0x02);
  theme.degraded_ink = QColor(0x8a, 0x55, 0x00);
  theme.failing = QColor(0xb3, 0x26, 0x1e);
  theme.down = QColor(0x2b, 0x1b, 0x3d);
  theme.no_data = QColor(0x6b, 0x72, 0x80);
  theme.fault_band = QColor(0xb3, 0x26, 0x1e, 26);
  theme.chosen = QColor(0xd6, 0xe8, 0xf6);
  const QColor series[] = {QColor(0x00, 0x72, 0xb2), QColor(0xd5, 0x5e, 0x00),
                           QColor(0x00, 0x9e, 0x73), QColor(0xcc, 0x79, 0xa7),
                           QColor(0x8a, 0x7a, 0x00), QColor(0x56, 0xb4, 0xe9)};
  std::copy(std::begin(series), std::end(series), std::begin(theme.series));
  return theme;
}

Theme Theme::night() {
  Theme theme;
  theme.dark = true;
  theme.window = QColor(0x1e, 0x1f, 0x22);
  theme.panel = QColor(0x26, 0x28, 0x2c);
  theme.canvas = QColor(0x1a, 0x1b, 0x1e);
  theme.grid = QColor(0x2a, 0x2c, 0x31);
  theme.card = QColor(0x2b, 0x2d, 0x32);
  theme.border = QColor(0x43, 0x47, 0x4f);
  theme.text = QColor(0xe6, 0xe8, 0xec);
  theme.muted = QColor(0x9a, 0xa3, 0xaf);
  theme.accent = QColor(0x63, 0xb3, 0xf0);
  theme.selection = QColor(0x63, 0xb3, 0xf0, 60);
  theme.healthy = QColor(0x63, 0xb3, 0xf0);
  theme.degraded = QColor(0xf2, 0xb8, 0x4b);
  theme.degraded_ink = theme.degraded;
  theme.failing = QColor(0xff, 0x7a, 0x70);
  theme.down = QColor(0xe6, 0xd6, 0xff);
  theme.no_data = QColor(0x9a, 0xa3, 0xaf);
  theme.fault_band = QColor(0xff, 0x7a, 0x70, 34);
  theme.chosen = QColor(0x2f, 0x4a, 0x63);
  const QColor series[] = {QColor(0x56, 0xb4, 0xe9), QColor(0xe6, 0x9f, 0x00),
                           QColor(0x3c, 0xc9, 0x9b), QColor(0xe0, 0x9a, 0xc2),
                           QColor(0xf0, 0xe4, 0x42), QColor(0x8f, 0xa8, 0xff)};
  std::copy(std::begin(series), std::end(series), std::begin(theme.series));
  return theme;
}

namespace {

void use_contrast(Theme& theme) {
  const QColor ground = theme.dark ? Qt::black : Qt::white;
  const QColor ink = theme.dark ? Qt::white : Qt::black;
  for (QColor* const each : {&theme.window, &theme.panel, &theme.canvas, &theme.card}) {
    *each = ground;
  }
  theme.text = ink;
  theme.muted = theme.dark ? QColor(0xd8, 0xdc, 0xe2) : QColor(0x30, 0x36, 0x3e);
  theme.border = theme.dark ? QColor(0xb4, 0xba, 0xc4) : QColor(0x4a, 0x50, 0x5a);
  theme.grid = theme.dark ? QColor(0x38, 0x3c, 0x44) : QColor(0xd0, 0xd4, 0xda);
  theme.no_data = theme.muted;
  theme.accent = theme.dark ? QColor(0x8c, 0xcb, 0xff) : QColor(0x00, 0x4c, 0x91);
  theme.selection = theme.accent;
  theme.selection.setAlpha(theme.dark ? 110 : 80);
  theme.healthy = theme.accent;
  theme.degraded = theme.dark ? QColor(0xff, 0xcc, 0x55) : QColor(0x7a, 0x46, 0x00);
  theme.degraded_ink = theme.degraded;
  theme.failing = theme.dark ? QColor(0xff, 0x9a, 0x92) : QColor(0x9b, 0x00, 0x00);
  theme.down = theme.dark ? QColor(0xee, 0xe0, 0xff) : QColor(0x2b, 0x1b, 0x3d);
  theme.chosen = theme.dark ? QColor(0x1d, 0x4d, 0x7d) : QColor(0xb4, 0xd8, 0xf8);
}

}  // namespace

Theme Theme::of(bool dark, Colours colours) {
  Theme theme = dark ? night() : light();
  theme.colours = colours;
  switch (colours) {
    case Colours::kUsual:
      break;
    case Colours::kTrafficLight:
      theme.healthy = dark ? QColor(0x4c, 0xc3, 0x8a) : QColor(0x1a, 0x7f, 0x37);
      break;
    case Colours::kContrast:
      use_contrast(theme);
      break;
  }
  return theme;
}

const QColor& Theme::of(NodeHealth health) const {
  switch (health) {
    case NodeHealth::kNoData:
      return no_data;
    case NodeHealth::kHealthy:
      return healthy;
    case NodeHealth::kDegraded:
      return degraded;
    case NodeHealth::kFailing:
      return failing;
    case NodeHealth::kDown:
      return down;
  }
  return no_data;
}

const QColor& Theme::ink(NodeHealth health) const {
  return health == NodeHealth::kDegraded ? degraded_ink : of(health);
}

QPalette Theme::palette() const {
  QPalette palette;
  const auto set = [&palette](QPalette::ColorRole role, const QColor& color) {
    palette.setColor(role, color);
  };
  set(QPalette::Window, window);
  set(QPalette::WindowText, text);
  set(QPalette::Base, panel);
  set(QPalette::AlternateBase, window);
  set(QPalette::Text, text);
  set(QPalette::Button, panel);
  set(QPalette::ButtonText, text);
  set(QPalette::ToolTipBase, card);
  set(QPalette::ToolTipText, text);
  set(QPalette::PlaceholderText, muted);
  set(QPalette::Highlight, accent);
  set(QPalette::HighlightedText, dark ? QColor(0x10, 0x12, 0x15) : QColor(Qt::white));
  set(QPalette::Link, accent);
  set(QPalette::Mid, border);
  palette.setColor(QPalette::Disabled, QPalette::Text, muted);
  palette.setColor(QPalette::Disabled, QPalette::ButtonText, muted);
  palette.setColor(QPalette::Disabled, QPalette::WindowText, muted);
  return palette;
}

QString Theme::style_sheet() const {
  return QStringLiteral(R"(
QMainWindow, QDialog { background: %1; }
QToolBar { background: %2; border: 0; border-bottom: 1px solid %3; spacing: 3px; padding: 4px 8px; }
QToolButton { border: 1px solid transparent; border-radius: 6px; padding: 4px 7px; color: %4; }
QToolButton:hover { background: %1; border-color: %3; }
QToolButton:pressed, QToolButton:checked { background: %1; border-color: %6; }
QToolButton:disabled { color: %5; }
QDockWidget { color: %5; font-weight: 600; titlebar-close-icon: none; }
QDockWidget::title { background: %1; padding: 6px 8px 4px 8px; text-align: left; }
QTabBar { qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: %5; padding: 6px 11px; border: 0;
               border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: %4; border-bottom-color: %6; }
QTabBar::tab:hover { color: %4; }
QTabWidget::pane { border: 0; border-top: 1px solid %3; }
QTreeView, QTextBrowser, QPlainTextEdit, QListView { background: %2; border: 0; color: %4; }
QTreeView::item, QListView::item { border: 0; padding: 3px; }
QTreeView::item:selected, QListView::item:selected { background: %8; color: %4; }
QTreeView::item:hover, QListView::item:hover { background: %1; color: %4; }
QTreeView::item:selected:hover, QListView::item:selected:hover { background: %8; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: %3; border-radius: 4px; margin: 2px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: %5; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: 0; }
QHeaderView::section { background: %1; color: %5; border: 0; border-bottom: 1px solid %3;
                       padding: 4px 6px; }
QTableView { background: %2; gridline-color: %3; border: 0; color: %4; }
QTableCornerButton::section { background: %1; border: 0; }
QLineEdit { background: %2; border: 1px solid %3;
               border-radius: 6px; padding: 4px 7px; color: %4; }
QLineEdit:focus { border-color: %6; }
QLineEdit:disabled { background: %1; color: %5; }
QAbstractSpinBox { min-height: 20px; }
QComboBox { min-height: 20px; }
QAbstractSpinBox QLineEdit { border: 0; padding: 0 2px; background: transparent; }
QPushButton { background: %2; border: 1px solid %3; border-radius: 6px; padding: 5px 12px; }
QPushButton:hover { border-color: %6; }
QPushButton:default { background: %6; color: %7; border-color: %6; }
QPushButton:default:disabled { background: %2; color: %5; border-color: %3; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: %3; }
QSlider::sub-page:horizontal { border-radius: 2px; background: %6; }
QSlider::handle:horizontal { width: 12px; margin: -5px 0; border: 1px solid %6; border-radius: 7px;
                             background: %2; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: %6; }
QSlider::sub-page:horizontal:disabled { background: %5; }
QSlider::handle:horizontal:disabled { background: %1; border-color: %5; }
QStatusBar { background: %2; border-top: 1px solid %3; color: %5; }
QStatusBar::item { border: 0; }
QStatusBar QLabel { padding: 3px 8px; color: %5; }
QToolButton[popupMode="2"] { padding-right: 18px; }
QToolButton[popupMode="1"] { padding-right: 15px; }
QToolButton::menu-button { border: 0; width: 13px; }
QToolButton::menu-indicator { subcontrol-origin: padding; subcontrol-position: center right; right: 3px; }
QMenuBar { background: %2; color: %4; padding: 2px 4px; }
QMenuBar::item { padding: 5px 8px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: %1; }
QMenu { background: %2; border: 1px solid %3; padding: 4px; }
QMenu::item { padding: 5px 22px; border-radius: 4px; }
QMenu::item:selected { background: %6; color: %7; }
QMenu::separator { height: 1px; background: %3; margin: 4px 8px; }
QMainWindow::separator { background: %3; width: 1px; height: 1px; }
QScrollArea { border: 0; background: %2; }
QToolTip { background: %2; color: %4; border: 1px solid %3; padding: 4px; }
)")
      .arg(window.name(), panel.name(), border.name(), text.name(), muted.name(), accent.name(),
           dark ? QStringLiteral("#101215") : QStringLiteral("#ffffff"), chosen.name());
}

}  // namespace shaketable::gui
