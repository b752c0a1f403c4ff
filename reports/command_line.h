#pragma once

#include <cstdint>
#include <string>

#include "engine/scenario/source.h"

namespace shaketable::reports {

/// A word as a shell takes it: as it is when nothing in it is special, else in single quotes.
[[nodiscard]] std::string shell_word(const std::string& word);

/// Several seeds, one after the other; `required` of them must pass.
struct RepeatedRuns {
  std::uint64_t runs = 1;
  std::uint64_t required = 1;
};

/// The command that repeats a run. It names the file as it was given, so that it works where the
/// run did.
[[nodiscard]] std::string run_command(const engine::ScenarioSource& source, std::uint64_t seed,
                                      const RepeatedRuns& repeated = {});

}  // namespace shaketable::reports
