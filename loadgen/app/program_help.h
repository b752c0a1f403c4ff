#pragma once

#include "engine/cli/command_help.h"

namespace shaketable::loadgen::app {

/// What the program is, without its commands ...
[[nodiscard]] engine::ProgramHelp program_outline();

/// ... and with them and their options, for its completions and its manual.
[[nodiscard]] engine::ProgramHelp program_help();

}  // namespace shaketable::loadgen::app
