#pragma once

#include <string>

#include "engine/cli/streams.h"

namespace shaketable::engine {

/// Shows a file in the program that the desktop has for it (xdg-open), and does not wait for it.
/// Says so on standard error when there is no such program; a report that was written is no
/// failure.
void open_file(const std::string& path, const Streams& streams);

}  // namespace shaketable::engine
