#pragma once

#include <QColor>
#include <QPalette>
#include <QString>
#include <cstdint>

#include "gui/run/mesh_state.h"

namespace shaketable::gui {

/// Which colours a person wants to tell states by.
enum class Colours : std::uint8_t {
  kUsual,         ///< Blue is healthy: told apart under every kind of colour blindness.
  kTrafficLight,  ///< Green is healthy.
  kContrast,      ///< Black on white or white on black, with strong lines.
};

/// Colours of the window, for light or dark. Health is told apart under every kind of colour
/// blindness (blue, amber, red), and never by colour alone.
struct Theme {
  bool dark = false;
  Colours colours = Colours::kUsual;
  QColor window, panel, canvas, grid, card, border, text, muted, accent, selection;
  QColor healthy, degraded, failing, down, no_data;
  QColor degraded_ink;  ///< Of words: amber is too light to be read on white.
  QColor chosen;        ///< Behind what is chosen in lists.
  QColor fault_band;    ///< Behind charts and timelines while a fault is on.
  QColor series[6];     ///< Lines of charts (Okabe and Ito), told apart by dashes as well.

  [[nodiscard]] static Theme light();
  [[nodiscard]] static Theme night();
  [[nodiscard]] static Theme of(bool dark, Colours colours);

  [[nodiscard]] const QColor& of(NodeHealth health) const;
  /// For words that tell the state.
  [[nodiscard]] const QColor& ink(NodeHealth health) const;
  /// For the widgets of the window.
  [[nodiscard]] QPalette palette() const;
  /// What the palette cannot say: bars, tabs, tool buttons.
  [[nodiscard]] QString style_sheet() const;
};

}  // namespace shaketable::gui
