#include "engine/formats/source_text.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"

namespace shaketable::engine {
namespace {

/// Closes the file when it goes out of scope.
class FileHandle {
 public:
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  ~FileHandle() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string reason_of(int error) { return std::generic_category().message(error); }

void report_unreadable(const std::string& path, const std::string& reason,
                       Diagnostics& diagnostics) {
  diagnostics.add({.code = code::kCannotRead,
                   .file = path,
                   .message = "cannot read the file: " + reason,
                   .expected = "a readable file"});
}

std::string kind_of(mode_t mode) {
  if (S_ISDIR(mode)) {
    return "a directory";
  }
  if (S_ISFIFO(mode)) {
    return "a pipe";
  }
  if (S_ISCHR(mode) || S_ISBLK(mode)) {
    return "a device";
  }
  return S_ISSOCK(mode) ? "a socket" : "no regular file";
}

/// True for a regular file within the limit; reports anything else.
bool is_acceptable(const struct stat& status, const std::string& path, std::size_t max_bytes,
                   Diagnostics& diagnostics) {
  if (!S_ISREG(status.st_mode)) {
    diagnostics.add({.code = code::kNotRegularFile,
                     .file = path,
                     .message = "this is " + kind_of(status.st_mode) + ", not a file",
                     .expected = "a regular file"});
    return false;
  }
  if (static_cast<std::uint64_t>(status.st_size) > max_bytes) {
    diagnostics.add({.code = code::kFileTooLarge,
                     .file = path,
                     .line = 1,
                     .column = 1,
                     .message = "the file has " + std::to_string(status.st_size) +
                                " bytes; the limit is " + std::to_string(max_bytes)});
    return false;
  }
  return true;
}

void report_text(const std::string& name, std::string_view text, std::size_t offset,
                 std::string message, std::string expected, Diagnostics& diagnostics) {
  const std::string_view before = text.substr(0, offset);
  const auto breaks = std::count(before.begin(), before.end(), '\n');
  const std::size_t last_break = before.rfind('\n');
  const std::size_t start = last_break == std::string_view::npos ? 0 : last_break + 1;
  diagnostics.add({.code = code::kBadText,
                   .file = name,
                   .line = static_cast<int>(breaks) + 1,
                   .column = static_cast<int>(offset - start) + 1,
                   .message = std::move(message),
                   .expected = std::move(expected)});
}

void normalize_line_breaks(std::string& text) {
  if (text.find('\r') == std::string::npos) {
    return;
  }
  std::size_t out = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      if (i + 1 < text.size() && text[i + 1] == '\n') {
        continue;
      }
      text[out++] = '\n';
      continue;
    }
    text[out++] = text[i];
  }
  text.resize(out);
}

bool is_allowed(char32_t value) {
  const bool is_control = (value < 0x20 && value != U'\n' && value != U'\t') ||
                          (value >= 0x7F && value < 0xA0 && value != 0x85);
  return !is_control && value != 0xFFFE && value != 0xFFFF;
}

}  // namespace

std::optional<std::string> read_regular_file(const std::string& path, std::size_t max_bytes,
                                             Diagnostics& diagnostics) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    report_unreadable(path, "this is no file name", diagnostics);
    return std::nullopt;
  }
  struct stat status {};
  // Looking before opening keeps devices untouched: some act when they are opened.
  if (::stat(path.c_str(), &status) != 0) {
    report_unreadable(path, reason_of(errno), diagnostics);
    return std::nullopt;
  }
  if (!is_acceptable(status, path, max_bytes, diagnostics)) {
    return std::nullopt;
  }
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    report_unreadable(path, reason_of(errno), diagnostics);
    return std::nullopt;
  }
  if (!is_acceptable(status, path, max_bytes, diagnostics)) {
    return std::nullopt;
  }
  // The size is only a hint: files of /proc say 0, and a file may grow while it is read.
  std::string text;
  std::size_t used = 0;
  text.resize(static_cast<std::size_t>(status.st_size) + 1);
  while (true) {
    const ssize_t got = ::read(file.get(), text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      report_unreadable(path, reason_of(errno), diagnostics);
      return std::nullopt;
    }
    if (got == 0) {
      break;
    }
    used += static_cast<std::size_t>(got);
    if (used > max_bytes) {
      diagnostics.add({.code = code::kFileTooLarge,
                       .file = path,
                       .line = 1,
                       .column = 1,
                       .message = "the file has more than " + std::to_string(max_bytes) +
                                  " bytes, which is the limit"});
      return std::nullopt;
    }
    if (used == text.size()) {
      text.resize(std::min(text.size() * 2 + 4096, max_bytes + 1));
    }
  }
  text.resize(used);
  return text;
}

bool normalize_text(const std::string& name, std::string& text, Diagnostics& diagnostics) {
  const std::string_view view(text);
  if (view.starts_with("\xff\xfe") || view.starts_with("\xfe\xff")) {
    report_text(name, text, 0, "the file is in UTF-16", "UTF-8", diagnostics);
    return false;
  }
  if (view.starts_with("\xef\xbb\xbf")) {
    text.erase(0, 3);
  }
  normalize_line_breaks(text);
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = decode_utf8(text, i);
    if (!point.valid) {
      report_text(name, text, i, "byte " + printable(text.substr(i, 1)) + " is not valid UTF-8",
                  "UTF-8", diagnostics);
      return false;
    }
    if (!is_allowed(point.value)) {
      report_text(name, text, i,
                  "control character " + printable(text.substr(i, point.length)) +
                      " does not belong in a text file",
                  "an escape inside double quotes", diagnostics);
      return false;
    }
    i += point.length;
  }
  return true;
}

}  // namespace shaketable::engine
