#pragma once

#include "engine/cli/command_help.h"

namespace shaketable::loadgen::app {

/// A few sentences about the program.
[[nodiscard]] const char* about_program();

/// The program with all its commands and options, for its completions and its manual.
[[nodiscard]] engine::ProgramHelp program_help();

}  // namespace shaketable::loadgen::app
