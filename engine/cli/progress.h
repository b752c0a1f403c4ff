#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "proxy/base/time.h"

namespace shaketable::engine {

/// How far a set of runs has come.
struct ProgressState {
  std::size_t runs = 1;
  std::size_t done = 0;
  proxy::Duration simulated{0};  ///< Of all runs together.
  proxy::Duration total{0};
  std::uint64_t events = 0;
};

/// One line that says how far the runs have come: simulated time, events per second of real time,
/// time left. On a terminal it is redrawn in place several times a second and removed at the end;
/// elsewhere a line is added every ten seconds.
class Progress {
 public:
  using RealTime = std::chrono::nanoseconds;

  Progress(std::ostream& out, bool is_terminal, std::size_t width)
      : out_(out), is_terminal_(is_terminal), width_(width) {}

  /// `elapsed`: real time since the runs began; must not go backwards. Draws when it is due.
  void update(const ProgressState& state, RealTime elapsed);
  /// Removes the line of a terminal.
  void finish();

  /// "12.5 s of 120 s (10 %), 3.2 M events/s, 35 s left"
  [[nodiscard]] static std::string text(const ProgressState& state, RealTime elapsed);

 private:
  std::ostream& out_;
  bool is_terminal_;
  std::size_t width_;
  RealTime next_{0};
  bool drawn_ = false;
};

}  // namespace shaketable::engine
