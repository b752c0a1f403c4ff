#pragma once

#include <optional>

#include "engine/cli/streams.h"
#include "loadgen/app/arguments.h"

namespace shaketable::loadgen::app {

/// `--config molotov.json`: the arguments with what a test of it says, in `molotov` and where an
/// option says nothing. The journeys are a load file: the one that is named beside `--config`, what
/// `scenario` of the test names, or the file of the same name as its Python file (loadtest.py:
/// loadtest.yaml) in the folder of the configuration.
///
/// Nothing when there is a mistake, or no such file; what to do has been told on standard error.
[[nodiscard]] std::optional<RunArguments> with_molotov(const RunArguments& arguments,
                                                       const engine::Streams& streams);

}  // namespace shaketable::loadgen::app
