#include "engine/cli/output_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shaketable::engine {
namespace {

using proxy::fail;
using proxy::Result;

std::string reason() { return std::generic_category().message(errno); }

tl::unexpected<proxy::Error> cannot(const std::string& path) {
  return fail("cannot write: " + reason(), path);
}

enum class Target { kFile, kStream, kFolder };

// What lies at the path, links followed; nothing at all counts as a file to be made.
Result<Target> target_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) {
      return Target::kFile;
    }
    return cannot(path);
  }
  if (S_ISDIR(status.st_mode)) {
    return Target::kFolder;
  }
  return S_ISREG(status.st_mode) ? Target::kFile : Target::kStream;
}

// The file that a link ends at, so that renaming does not replace the link.
std::string resolved(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

// A new file beside `path`, removed again unless it was renamed.
class Beside {
 public:
  explicit Beside(const std::string& path) {
    const std::filesystem::path target(path);
    const std::filesystem::path folder = target.parent_path();
    name_ =
        ((folder.empty() ? std::filesystem::path(".") : folder) / ".shaketable-XXXXXX").string();
    descriptor_ = mkstemp(name_.data());
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() {
    const int error = errno;  // The caller still wants to say why.
    close();
    if (descriptor_made() && !renamed_) {
      unlink(name_.c_str());
    }
    errno = error;
  }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

  // Gives the file the rights that a program's new files have; mkstemp's are the owner's alone.
  bool set_rights(const std::string& target) {
    struct stat status {};
    mode_t mode = 0;
    if (stat(target.c_str(), &status) == 0) {
      mode = status.st_mode & 07777;
    } else {
      const mode_t mask = umask(0);
      umask(mask);
      mode = 0666 & ~mask;
    }
    return fchmod(descriptor_, mode) == 0;
  }

  bool close() {
    if (descriptor_ < 0) {
      return true;
    }
    made_ = true;
    const bool done = ::close(descriptor_) == 0;
    descriptor_ = -1;
    return done;
  }

  bool rename_to(const std::string& path) {
    renamed_ = std::rename(name_.c_str(), path.c_str()) == 0;
    return renamed_;
  }

 private:
  [[nodiscard]] bool descriptor_made() const { return made_; }

  std::string name_;
  int descriptor_ = -1;
  bool made_ = false;
  bool renamed_ = false;
};

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
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

// The name itself must reach the disk, too.
void sync_folder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const int descriptor =
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    fsync(descriptor);
    close(descriptor);
  }
}

Result<void> write_stream(const std::string& path, std::string_view content) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) {
    return cannot(path);
  }
  const bool written = write_all(descriptor, content);
  const int error = errno;
  const bool closed = close(descriptor) == 0;
  if (!written) {
    errno = error;
  }
  if (!written || !closed) {
    return cannot(path);
  }
  return {};
}

}  // namespace

Result<void> check_output(const std::string& path) {
  if (path == "-") {
    return {};
  }
  const Result<Target> target = target_of(path);
  if (!target) {
    return tl::unexpected(target.error());
  }
  switch (*target) {
    case Target::kFolder:
      return fail("cannot write: it is a folder", path, "the name of a file");
    case Target::kStream:
      return access(path.c_str(), W_OK) == 0 ? Result<void>() : cannot(path);
    case Target::kFile:
      break;
  }
  Beside file(resolved(path));
  return file.is_open() ? Result<void>() : cannot(path);
}

Result<void> check_output(const std::string& path, std::span<const std::string> inputs) {
  std::error_code error;
  const bool is_input = path != "-" && std::filesystem::is_regular_file(path, error) &&
                        std::any_of(inputs.begin(), inputs.end(), [&](const std::string& input) {
                          return std::filesystem::equivalent(path, input, error);
                        });
  if (is_input) {
    return fail("will not write over a file that this command reads", path, "another name");
  }
  return check_output(path);
}

Result<void> write_output(const std::string& path, std::string_view content) {
  const Result<Target> target = target_of(path);
  if (!target) {
    return tl::unexpected(target.error());
  }
  if (*target == Target::kStream) {
    return write_stream(path, content);
  }
  const std::string real = resolved(path);
  Beside file(real);
  const bool done = file.is_open() && write_all(file.descriptor(), content) &&
                    file.set_rights(real) && fsync(file.descriptor()) == 0 && file.close() &&
                    file.rename_to(real);
  if (!done) {
    return cannot(path);
  }
  sync_folder(real);
  return {};
}

std::string file_name_part(std::string_view name) {
  constexpr std::size_t kLongest = 100;
  std::string part;
  for (const char c : name.substr(0, kLongest)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || (c == '.' && !part.empty());
    part += plain ? c : '_';
  }
  if (!part.empty() && part.front() == '-') {
    part.front() = '_';  // It would look like an option.
  }
  return part.empty() ? "scenario" : part;
}

}  // namespace shaketable::engine
