#include "proxy/live/log_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shaketable::proxy::live {
namespace {

std::uint64_t count_lines(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

LogFile::LogFile(Options options) : options_(std::move(options)) {}

LogFile::~LogFile() {
  write_pending();
  counters_.lines_dropped += count_lines(std::string_view(pending_).substr(begin_));
  close_file();
}

Result<void> LogFile::open() {
  if (!ensure_open()) {
    return fail(std::string("cannot write the access log: ") + std::strerror(counters_.last_error),
                options_.path, "a file in a folder that this process may write to");
  }
  return {};
}

bool LogFile::ensure_open() {
  if (descriptor_ >= 0) {
    return true;
  }
  if (options_.path.empty() || options_.path == "-") {
    descriptor_ = STDOUT_FILENO;
    return true;
  }
  descriptor_ = ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor_ < 0) {
    record_error();
    return false;
  }
  owns_descriptor_ = true;
  struct stat status {};
  is_file_ = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  size_ = is_file_ ? static_cast<std::uint64_t>(status.st_size) : 0;
  rotates_ = is_file_ && options_.max_bytes > 0;
  return true;
}

void LogFile::close_file() {
  if (owns_descriptor_ && descriptor_ >= 0) {
    ::close(descriptor_);
  }
  descriptor_ = -1;
  owns_descriptor_ = false;
  is_file_ = false;
  rotates_ = false;
}

void LogFile::record_error() {
  counters_.last_error = errno;
  ++counters_.errors;
}

void LogFile::append(std::string_view lines) {
  pending_.append(lines);
  write_pending();
  drop_excess();
}

/// What cannot be written is kept up to the limit. The oldest lines are the ones that explain how
/// the trouble began: the newest are dropped.
void LogFile::drop_excess() {
  const std::string_view kept = std::string_view(pending_).substr(begin_);
  if (kept.size() <= options_.max_pending_bytes) {
    return;
  }
  const std::size_t limit = options_.max_pending_bytes;
  std::size_t last = limit == 0 ? std::string_view::npos : kept.rfind('\n', limit - 1);
  if (last == std::string_view::npos && in_line_) {
    last = kept.find('\n');  // A line that is begun is ended.
  }
  const std::size_t length = last == std::string_view::npos ? 0 : last + 1;
  counters_.lines_dropped += count_lines(kept.substr(length));
  pending_.resize(begin_ + length);
}

void LogFile::write_pending() {
  while (has_pending() && ensure_open()) {
    std::string_view rest = std::string_view(pending_).substr(begin_);
    if (rotates_ && size_ > 0 && !in_line_ && size_ + rest.find('\n') + 1 > options_.max_bytes) {
      rotate();
      continue;
    }
    if (!write_some(next_piece(rest))) {
      break;
    }
  }
  if (!has_pending()) {
    pending_.clear();
    begin_ = 0;
  } else if (begin_ > pending_.size() / 2) {
    pending_.erase(0, begin_);
    begin_ = 0;
  }
}

/// As many whole lines as fit into the file, but at least the line that is begun.
std::string_view LogFile::next_piece(std::string_view rest) const {
  if (!rotates_ || size_ + rest.size() <= options_.max_bytes) {
    return rest;
  }
  const std::uint64_t room = options_.max_bytes - std::min(options_.max_bytes, size_);
  const std::size_t last =
      room == 0 ? std::string_view::npos : rest.rfind('\n', static_cast<std::size_t>(room) - 1);
  return rest.substr(0, (last == std::string_view::npos ? rest.find('\n') : last) + 1);
}

bool LogFile::write_some(std::string_view bytes) {
  const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
  if (written < 0) {
    if (errno == EINTR) {
      return true;
    }
    record_error();
    // A full disk stays open; anything else may be cured by opening the path again.
    if (errno != ENOSPC && errno != EDQUOT && errno != EAGAIN) {
      close_file();
    }
    return false;
  }
  const std::size_t length = without_torn_line(bytes, static_cast<std::size_t>(written));
  counters_.lines_written += count_lines(bytes.substr(0, length));
  size_ += length;
  begin_ += length;
  if (length == 0) {
    errno = ENOSPC;  // It took a part of a line, which is taken back.
    record_error();
    return false;
  }
  in_line_ = bytes[length - 1] != '\n';
  return true;
}

/// A disk that fills up takes a part of a line: it is taken back, so that whoever reads the file
/// (or comes after a crash) finds whole lines. Returns the length that stays.
std::size_t LogFile::without_torn_line(std::string_view bytes, std::size_t written) {
  if (!is_file_ || written == bytes.size()) {
    return written;
  }
  const std::size_t last = bytes.substr(0, written).rfind('\n');
  const std::size_t whole = last == std::string_view::npos ? 0 : last + 1;
  struct stat status {};
  // During a hot restart another process may have written behind us: then it stays torn.
  if (in_line_ || ::fstat(descriptor_, &status) != 0 ||
      static_cast<std::uint64_t>(status.st_size) != size_ + written ||
      ::ftruncate(descriptor_, static_cast<off_t>(size_ + whole)) != 0) {
    return written;
  }
  return whole;
}

void LogFile::rotate() {
  close_file();
  const auto name = [this](std::uint32_t number) {
    return number == 0 ? options_.path : options_.path + "." + std::to_string(number);
  };
  bool ok = true;
  if (options_.keep == 0) {
    ok = ::truncate(options_.path.c_str(), 0) == 0;
  }
  for (std::uint32_t i = options_.keep; i > 0; --i) {
    // Older files may be missing; only the current one must move.
    ok = ::rename(name(i - 1).c_str(), name(i).c_str()) == 0 || i > 1;
  }
  if (ok) {
    ++counters_.rotations;
  } else {
    record_error();
  }
  // When the file cannot be moved, it grows on: a line too many is better than one lost.
  if (ensure_open() && !ok) {
    rotates_ = false;
  }
}

void LogFile::reopen() {
  write_pending();
  close_file();
}

void LogFile::rotate_at(std::uint64_t max_bytes, std::uint32_t keep) {
  options_.max_bytes = max_bytes;
  options_.keep = keep;
  rotates_ = is_file_ && max_bytes > 0;
}

Result<std::unique_ptr<LogWriter>> LogWriter::make(Options options) {
  std::unique_ptr<LogWriter> writer(new LogWriter(std::move(options)));
  if (Result<void> opened = writer->file_.open(); !opened.has_value()) {
    return tl::unexpected<Error>(std::move(opened.error()));
  }
  writer->thread_ = std::thread([self = writer.get()] { self->run(); });
  return writer;
}

LogWriter::LogWriter(Options options) : options_(std::move(options)), file_(options_.file) {}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::uint64_t LogWriter::submit(std::string& lines) {
  if (lines.empty()) {
    return 0;
  }
  std::uint64_t dropped = 0;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() + lines.size() > options_.max_queued_bytes) {
      dropped = count_lines(lines);
      dropped_ += dropped;
    } else if (queue_.empty()) {
      queue_.swap(lines);
    } else {
      queue_ += lines;
    }
  }
  lines.clear();
  wake_.notify_one();
  return dropped;
}

void LogWriter::reopen() {
  {
    const std::lock_guard lock(mutex_);
    reopen_wanted_ = true;
  }
  wake_.notify_one();
}

void LogWriter::rotate_at(std::uint64_t max_bytes, std::uint32_t keep) {
  {
    const std::lock_guard lock(mutex_);
    rotation_wanted_ = {max_bytes, keep};
  }
  wake_.notify_one();
}

void LogWriter::flush() {
  std::unique_lock lock(mutex_);
  wake_.notify_one();
  idle_.wait(lock, [this] { return !has_work() && !busy_; });
}

LogWriter::Counters LogWriter::counters() const {
  const std::lock_guard lock(mutex_);
  Counters result = published_;
  result.lines_dropped = dropped_ + result.file.lines_dropped;
  return result;
}

void LogWriter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto is_due = [this] { return has_work() || stopping_; };
    if (file_.has_pending()) {
      // A full disk may have got room again.
      wake_.wait_for(lock, std::chrono::seconds(1), is_due);
    } else {
      wake_.wait(lock, is_due);
    }
    const bool is_last = stopping_;
    const bool reopens = std::exchange(reopen_wanted_, false);
    const auto rotation = std::exchange(rotation_wanted_, std::nullopt);
    spare_.swap(queue_);
    busy_ = true;
    lock.unlock();
    if (rotation.has_value()) {
      file_.rotate_at(rotation->first, rotation->second);
    }
    if (spare_.empty()) {
      file_.retry();
    } else {
      file_.append(spare_);
    }
    if (reopens) {
      file_.reopen();
    }
    spare_.clear();
    lock.lock();
    busy_ = false;
    published_.file = file_.counters();
    idle_.notify_all();
    if (is_last && queue_.empty()) {
      return;
    }
  }
}

}  // namespace shaketable::proxy::live
