#include "engine/cli/streams.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

namespace shaketable::engine {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::size_t columns_of(int descriptor) {
  constexpr std::size_t kDefault = 100;
  constexpr std::size_t kWidest = 160;  // Longer lines are hard to read.
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return kDefault;
  }
  return std::min<std::size_t>(size.ws_col, kWidest);
}

}  // namespace

Streams standard_streams() {
  const bool out_is_terminal = isatty(STDOUT_FILENO) == 1;
  const std::string_view forced = variable("CLICOLOR_FORCE");
  return {.out = std::cout,
          .err = std::cerr,
          .out_is_terminal = out_is_terminal,
          .err_is_terminal = isatty(STDERR_FILENO) == 1,
          .width = columns_of(STDOUT_FILENO),
          .no_color = !variable("NO_COLOR").empty() || variable("TERM") == "dumb",
          .force_color = !forced.empty() && forced != "0",
          .is_github = variable("GITHUB_ACTIONS") == "true",
          .github_step_summary = std::string(variable("GITHUB_STEP_SUMMARY"))};
}

bool wants_color(ColorChoice choice, bool is_terminal, const Streams& streams) {
  switch (choice) {
    case ColorChoice::kAlways:
      return true;
    case ColorChoice::kNever:
      return false;
    case ColorChoice::kAuto:
      break;
  }
  return !streams.no_color && (is_terminal || streams.force_color);
}

}  // namespace shaketable::engine
