#include "engine/cli/progress.h"

#include <algorithm>
#include <ostream>

#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr Progress::RealTime kOnTerminal = 200ms;
constexpr Progress::RealTime kElsewhere = 10s;

std::string with_prefix(double value) {
  if (value >= 1e6) {
    return format_millionths(static_cast<std::int64_t>(value), 1) + " M";
  }
  if (value >= 1e3) {
    return format_millionths(static_cast<std::int64_t>(value * 1e3), 0) + " k";
  }
  return std::to_string(static_cast<std::int64_t>(value));
}

}  // namespace

std::string Progress::text(const ProgressState& state, RealTime elapsed) {
  const std::int64_t total = std::max<std::int64_t>(state.total.count(), 1);
  const double part =
      std::min(1.0, static_cast<double>(state.simulated.count()) / static_cast<double>(total));
  const double seconds = std::max(1e-9, std::chrono::duration<double>(elapsed).count());
  std::string line;
  if (state.runs > 1) {
    line = std::to_string(state.done) + " of " + std::to_string(state.runs) + " runs, ";
  }
  line += format_duration(state.simulated) + " of " + format_duration(state.total) + " (" +
          std::to_string(static_cast<int>(part * 100)) + " %), " +
          with_prefix(static_cast<double>(state.events) / seconds) + " events/s";
  constexpr double kTooEarly = 0.005;  // A guess from less would jump about.
  if (part > kTooEarly) {
    const double left = seconds * (1 - part) / part;
    line += ", " + std::to_string(static_cast<std::int64_t>(left + 0.5)) + " s left";
  }
  return line;
}

void Progress::update(const ProgressState& state, RealTime elapsed) {
  if (elapsed < next_) {
    return;
  }
  if (next_ == RealTime::zero() && !is_terminal_) {
    next_ = kElsewhere;  // A run that is over by then needs no line.
    return;
  }
  next_ = elapsed + (is_terminal_ ? kOnTerminal : kElsewhere);
  const std::string line = text(state, elapsed);
  if (is_terminal_) {
    out_ << "\r\x1b[K" << line.substr(0, width_ > 1 ? width_ - 1 : 1) << std::flush;
    drawn_ = true;
  } else {
    out_ << line << std::endl;
  }
}

void Progress::finish() {
  if (drawn_) {
    out_ << "\r\x1b[K" << std::flush;
    drawn_ = false;
  }
}

}  // namespace shaketable::engine
