#include "engine/formats/data_file.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/source_text.h"

namespace shaketable::engine {
namespace {

/// Whether a file of that size is kept beside those that were read before it.
bool is_kept(const std::string& path, std::uintmax_t size, const Diagnostics& diagnostics) {
  std::size_t together = 0;
  for (const std::string& name : diagnostics.source_names()) {
    together += name == path ? 0 : diagnostics.source(name)->size();
  }
  return size <= kMaxKeptFile && together + size <= kMaxKeptFiles;
}

void keep(const std::string& path, const std::string& bytes, Diagnostics& diagnostics) {
  if (is_kept(path, bytes.size(), diagnostics)) {
    diagnostics.add_source(path, std::make_shared<const std::string>(bytes));
  }
}

void report_absent(const std::string& path, std::string message, std::string hint,
                   Diagnostics& diagnostics) {
  diagnostics.add({.code = code::kNotAlong,
                   .file = path,
                   .message = std::move(message),
                   .hint = std::move(hint)});
}

/// A file that did not come along, because it is too large for that.
std::optional<std::string> read_absent_file(const std::string& path, std::size_t max_bytes,
                                            Diagnostics& diagnostics) {
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(path, error);
  const std::uintmax_t size = is_file ? std::filesystem::file_size(path, error) : 0;
  if (!is_file || error) {
    report_absent(path, "the data file did not come along, and is not on this machine",
                  "put it where the scenario names it: a result keeps files of up to 16 MiB",
                  diagnostics);
    return std::nullopt;
  }
  if (is_kept(path, size, diagnostics)) {
    report_absent(path, "the data file did not come along",
                  "the one of that name on this machine may be another one", diagnostics);
    return std::nullopt;
  }
  return read_regular_file(path, max_bytes, diagnostics);
}

}  // namespace

std::optional<std::string> read_data_file(const std::string& path, std::size_t max_bytes,
                                          Diagnostics& diagnostics) {
  if (!diagnostics.provides()) {
    auto bytes = read_regular_file(path, max_bytes, diagnostics);
    if (bytes) {
      keep(path, *bytes, diagnostics);
    }
    return bytes;
  }
  const std::string* const bytes = diagnostics.provided(path);
  if (bytes == nullptr) {
    return read_absent_file(path, max_bytes, diagnostics);
  }
  if (bytes->size() > max_bytes) {
    diagnostics.add({.code = code::kFileTooLarge,
                     .file = path,
                     .message = "the file has " + std::to_string(bytes->size()) +
                                " bytes; the limit is " + std::to_string(max_bytes)});
    return std::nullopt;
  }
  keep(path, *bytes, diagnostics);
  return *bytes;
}

}  // namespace shaketable::engine
