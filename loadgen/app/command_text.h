#pragma once

#include <span>
#include <string>

namespace shaketable::loadgen::app {

/// The command as a shell takes it, for reports that others read: passwords, tokens, and the values
/// of header fields that may hold one are `***`.
[[nodiscard]] std::string command_text(std::span<const std::string> arguments);

}  // namespace shaketable::loadgen::app
