#pragma once

#include "engine/cli/command_help.h"

namespace shaketable::proxy::app {

/// A few sentences about the program.
[[nodiscard]] const char* about_program();

/// The program with all its commands and options, for its completions and its manual.
[[nodiscard]] engine::ProgramHelp program_help();

}  // namespace shaketable::proxy::app
