#pragma once

#include <cstdint>
#include <string>

#include "engine/scenario/source.h"

namespace shaketable::reports {

/// A word as a shell takes it: as it is when nothing in it is special, else in single quotes.
[[nodiscard]] std::string shell_word(const std::string& word);

/// The command that repeats a run. It names the file as it was given, so that it works where the
/// run did.
[[nodiscard]] std::string run_command(const engine::ScenarioSource& source, std::uint64_t seed);

}  // namespace shaketable::reports
