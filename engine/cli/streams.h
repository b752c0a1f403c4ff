#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace shaketable::engine {

/// Where a command writes, and what is known about it. Data goes to `out`, messages to `err`.
struct Streams {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t width = 100;          ///< Columns of the terminal.
  bool no_color = false;            ///< NO_COLOR is set and not empty, or TERM is dumb.
  bool force_color = false;         ///< CLICOLOR_FORCE is set and neither empty nor 0.
  bool is_github = false;           ///< GITHUB_ACTIONS is "true".
  std::string github_step_summary;  ///< GITHUB_STEP_SUMMARY: a file to append to; empty = none.
};

/// Standard output and error of the process, with what the environment says.
[[nodiscard]] Streams standard_streams();

/// `--color`.
enum class ColorChoice { kAuto, kAlways, kNever };

/// Whether to paint. An explicit choice beats the environment; CLICOLOR_FORCE beats a stream that
/// is no terminal; NO_COLOR beats CLICOLOR_FORCE.
[[nodiscard]] bool wants_color(ColorChoice choice, bool is_terminal, const Streams& streams);

}  // namespace shaketable::engine
