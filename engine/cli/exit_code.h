#pragma once

namespace shaketable::engine {

/// What the process returns. Scripts rely on these; they never change meaning.
enum class ExitCode : int {
  kPassed = 0,
  kExpectationFailed = 1,
  kUsage = 2,          ///< Wrong arguments, an unusable file, an output that cannot be written.
  kRuntime = 3,        ///< Something went wrong during or after the run: a full disk, a defect.
  kRegression = 4,     ///< Worse than a baseline by more than is allowed.
  kInterrupted = 130,  ///< Ctrl-C; the result up to then was judged and written.
};

/// The code of several results together: the one that a person must hear about first.
[[nodiscard]] constexpr ExitCode worse(ExitCode left, ExitCode right) {
  const auto rank = [](ExitCode code) {
    switch (code) {
      case ExitCode::kPassed:
        return 0;
      case ExitCode::kExpectationFailed:
        return 1;
      case ExitCode::kRegression:
        return 2;  // It says more: what failed did not fail before.
      case ExitCode::kInterrupted:
        return 3;
      case ExitCode::kUsage:
        return 4;
      case ExitCode::kRuntime:
        return 5;
    }
    return 5;
  };
  return rank(left) >= rank(right) ? left : right;
}

}  // namespace shaketable::engine
