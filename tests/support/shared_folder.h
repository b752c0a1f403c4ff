#pragma once

#include <cstdlib>
#include <filesystem>

namespace shaketable::support {

/// Where the project's shared material lies: $SHAKETABLE_SHARED, else ../shared beside the tree
/// (tests run in its root). May not exist: whoever needs it skips then.
inline std::filesystem::path shared_folder() {
  const char* folder = std::getenv("SHAKETABLE_SHARED");
  return folder == nullptr ? std::filesystem::path("../shared") : std::filesystem::path(folder);
}

}  // namespace shaketable::support
