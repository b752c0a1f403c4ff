#include "proxy/app/secure_file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shaketable::proxy::app {
namespace {

// A new file beside the one that is wanted; gone again unless it got that one's name.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& folder)
      : name_((folder / ".certs-XXXXXX").string()), descriptor_(mkstemp(name_.data())) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    const int error = errno;  // The caller still wants to say why.
    const bool made = descriptor_ != kFailed;
    close();
    if (made && !name_.empty()) {
      unlink(name_.c_str());
    }
    errno = error;
  }

  bool write(std::string_view content) {
    while (!content.empty()) {
      const ssize_t written = ::write(descriptor_, content.data(), content.size());
      if (written < 0 && errno == EINTR) {
        continue;
      }
      if (written <= 0) {
        return false;
      }
      content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  // mkstemp's files are the owner's alone already.
  bool open_to_everyone() {
    const mode_t mask = umask(0);
    umask(mask);
    return fchmod(descriptor_, 0644 & ~mask) == 0;
  }
  bool sync() { return fsync(descriptor_) == 0; }
  bool close() {
    const bool done = descriptor_ < 0 || ::close(descriptor_) == 0;
    descriptor_ = kClosed;
    return done;
  }
  bool move_to(const std::string& path, Overwrite overwrite) {
    const unsigned flags = overwrite == Overwrite::kYes ? 0 : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path.c_str(), flags) != 0) {
      return false;
    }
    name_.clear();
    return true;
  }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

 private:
  static constexpr int kFailed = -1;
  static constexpr int kClosed = -2;
  std::string name_;
  int descriptor_;
};

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    fsync(descriptor);
    ::close(descriptor);
  }
}

}  // namespace

Result<void> write_secure_file(const std::string& path, std::string_view content, FileRights rights,
                               Overwrite overwrite) {
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) {
    folder = ".";
  }
  NewFile file(folder);
  const bool done = file.is_open() && file.write(content) &&
                    (rights == FileRights::kOwner || file.open_to_everyone()) && file.sync() &&
                    file.close() && file.move_to(path, overwrite);
  if (!done) {
    return errno == EEXIST ? fail("there is such a file already", path, "--force")
                           : fail("cannot write: " + std::generic_category().message(errno), path);
  }
  sync_folder(folder);
  return {};
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

}  // namespace shaketable::proxy::app
