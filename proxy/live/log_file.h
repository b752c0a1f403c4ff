#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "proxy/base/result.h"
#include "proxy/base/time.h"

/// The only place of this room that writes files.
namespace shaketable::proxy::live {

/// An append-only file of lines that rotates by size. Blocks as long as the disk does, so it
/// belongs to a thread that may: see LogWriter. Not thread-safe.
///
/// A line is written whole or not at all: what a full disk took of one is taken back, and the line
/// is written again as soon as there is room (into a pipe, which cannot be taken back, its rest).
/// Errors are counted and never fatal; after one the file is opened anew at the next write, so that
/// a repaired disk or directory is noticed.
class LogFile {
 public:
  struct Options {
    std::string path;             ///< Empty or "-" = standard output, which never rotates.
    std::uint64_t max_bytes = 0;  ///< Then rename to .1, .1 to .2, ...; 0 = never.
    std::uint32_t keep = 5;       ///< Renamed files that are kept; 0 = the full one is emptied.
    std::uint64_t max_pending_bytes = 4U << 20U;  ///< Kept over errors; beyond, lines are dropped.
  };
  struct Counters {
    std::uint64_t lines_written = 0;  ///< Handed to the kernel.
    std::uint64_t lines_dropped = 0;
    std::uint64_t errors = 0;  ///< Of open, write and rename.
    std::uint64_t rotations = 0;
    int last_error = 0;  ///< errno of the last one.
  };

  explicit LogFile(Options options);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Opens the file now, for a clear start-up error; otherwise the first write does.
  Result<void> open();
  /// Takes whole lines. They are written at once, or kept if that fails.
  void append(std::string_view lines);
  /// Writes what was kept.
  void retry() { write_pending(); }
  /// Closes the file; the next write opens the path again. For `mv` and a signal (logrotate).
  void reopen();
  /// Changes Options::max_bytes and keep of a file that may be open.
  void rotate_at(std::uint64_t max_bytes, std::uint32_t keep);

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] bool has_pending() const { return begin_ < pending_.size(); }

 private:
  bool ensure_open();
  void drop_excess();
  void close_file();
  void write_pending();
  bool write_some(std::string_view bytes);
  [[nodiscard]] std::string_view next_piece(std::string_view rest) const;
  std::size_t without_torn_line(std::string_view bytes, std::size_t written);
  void rotate();
  void record_error();

  Options options_;
  int descriptor_ = -1;
  bool owns_descriptor_ = false;
  bool is_file_ = false;
  bool rotates_ = false;  // a regular file with a limit, which could be moved so far
  bool in_line_ = false;  // the last write ended within a line
  std::uint64_t size_ = 0;
  std::string pending_;    // whole lines, but for the first's beginning
  std::size_t begin_ = 0;  // of what is not written yet
  Counters counters_;
};

/// A LogFile behind a thread of its own, so that a slow disk or a full pipe never holds a worker.
/// All functions may be called from any thread.
class LogWriter {
 public:
  struct Options {
    LogFile::Options file;
    std::uint64_t max_queued_bytes = 16U << 20U;  ///< Beyond, whole batches are dropped.
  };
  struct Counters {
    LogFile::Counters file;
    std::uint64_t lines_dropped = 0;  ///< Of queue and file together.
  };

  /// Opens the file first: an error here is one of start-up.
  static Result<std::unique_ptr<LogWriter>> make(Options options);
  /// Writes what is queued, once, then ends the thread.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Takes a batch of whole lines and empties `lines`, which gets back a buffer with room. Never
  /// waits for the disk. Call when a worker's buffer has some 64 KiB, and each 100 ms or so.
  /// Returns how many lines had to be dropped: 0, or all of the batch.
  std::uint64_t submit(std::string& lines);
  /// As LogFile::reopen, in order with what is submitted before and after.
  void reopen();
  /// As LogFile::rotate_at, for whatever has not been written yet.
  void rotate_at(std::uint64_t max_bytes, std::uint32_t keep);
  [[nodiscard]] const std::string& path() const { return options_.file.path; }
  /// Waits until everything submitted so far has been tried.
  void flush();
  [[nodiscard]] Counters counters() const;

 private:
  explicit LogWriter(Options options);
  void run();
  /// With `mutex_` held.
  [[nodiscard]] bool has_work() const {
    return !queue_.empty() || reopen_wanted_ || rotation_wanted_.has_value();
  }

  const Options options_;
  LogFile file_;  // the thread's
  mutable std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::string queue_, spare_;
  Counters published_;
  std::uint64_t dropped_ = 0;
  std::optional<std::pair<std::uint64_t, std::uint32_t>> rotation_wanted_;
  bool reopen_wanted_ = false, stopping_ = false, busy_ = false;
  std::thread thread_;
};

}  // namespace shaketable::proxy::live
