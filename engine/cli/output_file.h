#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proxy/base/result.h"

namespace shaketable::engine {

/// Says whether `path` can be written, without leaving a trace: an ordinary file by making and
/// removing a file beside it, a pipe or a device by its permissions. "-" is always fine.
[[nodiscard]] proxy::Result<void> check_output(const std::string& path);

/// As above, and refuses a path that is one of `inputs`, whatever links and dots lead there: the
/// files that the same command has read.
[[nodiscard]] proxy::Result<void> check_output(const std::string& path,
                                               std::span<const std::string> inputs);

/// Writes a file as a whole or not at all: into a new file beside it, synced to the disk, then
/// renamed over it; readers never see half a file. A symbolic link stays, its target is replaced.
/// Pipes and devices are written directly. `path` must not be "-".
[[nodiscard]] proxy::Result<void> write_output(const std::string& path, std::string_view content);

/// `name` as part of a file's name: letters, digits, `.`, `-` and `_` stay, everything else becomes
/// `_`; at most 100 bytes, never empty, never hidden, never above the folder.
[[nodiscard]] std::string file_name_part(std::string_view name);

}  // namespace shaketable::engine
