#pragma once

#include <QByteArray>
#include <array>
#include <cstdint>

namespace shaketable::gui {

/// What a person is doing; the window is arranged for each as it was left there.
enum class Perspective : std::uint8_t { kEdit, kRun, kAnalyse };

inline constexpr std::array kPerspectives = {Perspective::kEdit, Perspective::kRun,
                                             Perspective::kAnalyse};

/// How the window is arranged.
struct Arrangement {
  QByteArray docks;         ///< As of QMainWindow::saveState; empty: as at first.
  int page = -1;            ///< Of the panels below the canvas.
  bool has_source = false;  ///< The text stands beside the canvas.
};

}  // namespace shaketable::gui
