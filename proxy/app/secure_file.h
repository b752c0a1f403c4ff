#pragma once

#include <string>
#include <string_view>

#include "proxy/base/result.h"

namespace shaketable::proxy::app {

/// Who may read a file that is written.
enum class FileRights {
  kOwner,     ///< 0600, whatever the umask: private keys. Never wider, not even for a moment.
  kEveryone,  ///< 0644 without what the umask forbids.
};
enum class Overwrite { kNo, kYes };

/// Writes a file as a whole or not at all: into a new one beside it, synced to the disk, then
/// renamed. With Overwrite::kNo a file of that name is left alone and an error, also if it appears
/// in the meantime.
[[nodiscard]] Result<void> write_secure_file(const std::string& path, std::string_view content,
                                             FileRights rights, Overwrite overwrite);

/// Whether something has this name, a dangling link too.
[[nodiscard]] bool is_there(const std::string& path);

}  // namespace shaketable::proxy::app
