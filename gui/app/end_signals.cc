#include "gui/app/end_signals.h"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace shaketable::gui {
namespace {

constexpr std::array kSignals = {SIGTERM, SIGINT, SIGHUP};

// The ends of a pipe: all that a signal handler may touch.
std::array<int, 2> pipe_ends = {-1, -1};

extern "C" void note_signal(int number) {
  const auto byte = static_cast<unsigned char>(number);
  // A pipe that is full has enough to say, and there is nobody to tell of an error.
  [[maybe_unused]] const auto written = ::write(pipe_ends[1], &byte, 1);
}

}  // namespace

EndSignals::EndSignals(QObject* parent) : QObject(parent) {
  if (::pipe2(pipe_ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return;  // Then they end the program at once, as ever.
  }
  notifier_ = new QSocketNotifier(pipe_ends[0], QSocketNotifier::Read, this);
  connect(notifier_, &QSocketNotifier::activated, this, [this] {
    unsigned char number = 0;
    if (::read(pipe_ends[0], &number, 1) == 1) {
      Q_EMIT asked_to_end(number);
    }
  });
  for (const int number : kSignals) {
    std::signal(number, note_signal);
  }
}

EndSignals::~EndSignals() {
  if (notifier_ == nullptr) {
    return;
  }
  for (const int number : kSignals) {
    std::signal(number, SIG_DFL);
  }
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  pipe_ends = {-1, -1};
}

}  // namespace shaketable::gui
