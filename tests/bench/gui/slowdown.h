#pragma once

#include <string>

namespace shaketable::gui {

/// What a run costs its own thread: medians of rounds that take turns; CPU time in milliseconds.
struct Slowdown {
  /// What the thread of a watched run did beside the simulation and its verdict, in percent of
  /// that: both parts of the same thread at the same time.
  double others = 0;
  double alone = 0;    ///< The bare simulation and its verdict; nothing else runs.
  double beside = 0;   ///< The same beside a window that shows something else, as busily.
  double watched = 0;  ///< The run of the window.
  double percent = 0;  ///< `watched` over `beside` of the same round.
  /// Quartiles of that: far apart on a machine that does something else.
  double low = 0, high = 0;
  double busy_beside = 0;  ///< CPU share of the window's thread meanwhile, in percent.
  double busy_watched = 0;
};

/// Runs a scenario in a window and beside one; see README.md for why. Needs a QApplication.
[[nodiscard]] Slowdown measure_slowdown(const std::string& scenario, int rounds);

}  // namespace shaketable::gui
