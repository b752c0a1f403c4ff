#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "proxy/base/result.h"
#include "proxy/base/time.h"

/// Journals: every input that a worker's core was given, in order, with what it answered. `replay`
/// feeds them to a fresh core. One file per worker:
///
///     magic, frame (header), frame (input), frame (input), ..., frame (end)
///     frame = size of the body, body, 4 bytes of checksum
///
/// A checksum covers its frame and, through the one before, everything in front: a frame that was
/// changed, lost, doubled or moved is noticed. Numbers and strings are those of wire.h. A file
/// without the end frame was cut off: the process was killed, or the disk was full.
namespace shaketable::proxy::live {

class Logger;

inline constexpr std::string_view kJournalMagic = "shkt-jnl";
/// Grows with every change of the format below.
inline constexpr std::uint32_t kJournalVersion = 1;
/// A larger frame is not written and not read: a configuration is the largest thing in one.
inline constexpr std::size_t kMaxFrame = (64U << 20U) + (1U << 16U);

/// What a frame holds: an input of the core, named after the call, or the end.
enum class InputKind : std::uint8_t {
  kEnd,  ///< Closed in good order: the number of inputs.
  kRequest,
  kDownstreamReset,
  kNotReplayable,
  kConnected,
  kConnectFailed,
  kConnectionClosed,
  kConnectionDraining,
  kTunnel,
  kResponse,
  kResponseActivity,
  kResponseEnd,
  kUpstreamReset,
  kConfig,
  kHosts,
  kDeadline,
  kAttemptToken,
};
inline constexpr std::size_t kInputKinds = 17;

/// "on_request", ...
[[nodiscard]] const char* input_name(InputKind kind);

/// The checksum of a frame behind one with the checksum `previous` (0 for the first).
[[nodiscard]] std::uint32_t frame_checksum(std::uint32_t previous, std::string_view body);

/// Writes the file of one worker. `add` copies into memory; a thread of its own writes, so that a
/// slow disk does not hold the proxy up. What cannot be written, or piles up beyond the limit, ends
/// the journal with a line in the log; the proxy goes on without it.
class JournalWriter {
 public:
  struct Options {
    std::string path;
    std::size_t max_pending = 32U << 20U;  ///< Bytes that the disk may be behind.
    Logger* log = nullptr;                 ///< Never null.
  };

  /// Creates the file, readable for its owner alone: requests are in it. One that is there is
  /// renamed to PATH.previous first, so that a restart does not destroy the journal of a crash.
  static Result<std::unique_ptr<JournalWriter>> open(Options options);
  /// Writes the end frame and everything that is pending.
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  /// False once it has ended; to be asked before a frame is made.
  [[nodiscard]] bool is_on() const { return is_on_; }
  /// A string to make the next frame's body in; empty.
  [[nodiscard]] std::string& body() {
    body_.clear();
    return body_;
  }
  /// Adds the frame that body() holds.
  void add(Instant now);
  /// Ends the journal for a reason that is logged.
  void stop(std::string_view why);

  /// When what has been added should be handed to the disk; kNever if nothing has. A kill loses
  /// what is younger than a tenth of a second.
  [[nodiscard]] Instant flush_at() const { return flush_at_; }
  void flush();

 private:
  JournalWriter(int fd, Options options);
  void write_down();
  [[nodiscard]] bool write_all(std::string_view bytes) const;

  // The worker's.
  Options options_;
  std::string body_, pending_;
  std::uint32_t checksum_ = 0;
  std::uint64_t frames_ = 0;
  Instant flush_at_ = kNever;
  bool is_on_ = true;

  // Shared with the thread that writes.
  int fd_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string queue_;
  int error_ = 0;
  bool ends_ = false;
  std::thread thread_;
};

/// PATH for the only worker, PATH.0, PATH.1, ... for several.
[[nodiscard]] std::string journal_path(const std::string& path, std::uint32_t worker,
                                       std::uint32_t workers);

}  // namespace shaketable::proxy::live
