#include "proxy/live/journal.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/base/hash.h"
#include "proxy/config/wire.h"
#include "proxy/live/log.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;
constexpr Duration kFlushDelay = std::chrono::milliseconds(100);

std::string error_text(int number) { return std::system_category().message(number); }

void append_frame(std::string& out, std::string_view body, std::uint32_t& checksum) {
  checksum = frame_checksum(checksum, body);
  ByteWriter writer(out);
  writer.text(body);
  for (unsigned shift = 0; shift < 32; shift += 8) {
    writer.byte(static_cast<std::uint8_t>(checksum >> shift));
  }
}

}  // namespace

const char* input_name(InputKind kind) {
  switch (kind) {
    case InputKind::kEnd:
      return "end";
    case InputKind::kRequest:
      return "on_request";
    case InputKind::kDownstreamReset:
      return "on_downstream_reset";
    case InputKind::kNotReplayable:
      return "on_not_replayable";
    case InputKind::kConnected:
      return "on_connected";
    case InputKind::kConnectFailed:
      return "on_connect_failed";
    case InputKind::kConnectionClosed:
      return "on_connection_closed";
    case InputKind::kConnectionDraining:
      return "on_connection_draining";
    case InputKind::kTunnel:
      return "on_tunnel";
    case InputKind::kResponse:
      return "on_response";
    case InputKind::kResponseActivity:
      return "on_response_activity";
    case InputKind::kResponseEnd:
      return "on_response_end";
    case InputKind::kUpstreamReset:
      return "on_upstream_reset";
    case InputKind::kConfig:
      return "on_config";
    case InputKind::kHosts:
      return "set_hosts";
    case InputKind::kDeadline:
      return "on_deadline";
    case InputKind::kAttemptToken:
      return "set_attempt_token";
  }
  return "?";
}

std::uint32_t frame_checksum(std::uint32_t previous, std::string_view body) {
  StableHash hash;
  hash.add(previous);
  hash.add(body.size());
  while (!body.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(body.size(), sizeof word);
    for (std::size_t i = 0; i < size; ++i) {
      word |= std::uint64_t{static_cast<std::uint8_t>(body[i])} << (8 * i);
    }
    hash.add(word);
    body.remove_prefix(size);
  }
  return static_cast<std::uint32_t>(hash.value());
}

std::string journal_path(const std::string& path, std::uint32_t worker, std::uint32_t workers) {
  return workers == 1 ? path : path + '.' + std::to_string(worker);
}

Result<std::unique_ptr<JournalWriter>> JournalWriter::open(Options options) {
  struct stat info {};
  if (::lstat(options.path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
    (void)::rename(options.path.c_str(), (options.path + ".previous").c_str());
  }
  const int fd = ::open(options.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail("cannot write the journal: " + error_text(errno), options.path);
  }
  return std::unique_ptr<JournalWriter>(new JournalWriter(fd, std::move(options)));
}

JournalWriter::JournalWriter(int fd, Options options)
    : options_(std::move(options)), pending_(kJournalMagic), fd_(fd) {
  thread_ = std::thread([this] { write_down(); });
}

JournalWriter::~JournalWriter() {
  if (is_on_) {
    std::string& end = body();
    ByteWriter out(end);
    out.byte(static_cast<std::uint8_t>(InputKind::kEnd));
    out.number(frames_ > 0 ? frames_ - 1 : 0);  // the header is not an input
    append_frame(pending_, end, checksum_);
    flush();
  }
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  wake_.notify_one();
  thread_.join();
  ::close(fd_);
}

void JournalWriter::add(Instant now) {
  if (!is_on_) {
    return;
  }
  if (body_.size() > kMaxFrame) {
    stop("a configuration is too large for it");
    return;
  }
  append_frame(pending_, body_, checksum_);
  ++frames_;
  if (flush_at_ == kNever) {
    flush_at_ = after(now, kFlushDelay);
  }
  if (pending_.size() >= kFlushBytes || now >= flush_at_) {
    flush();
  }
}

void JournalWriter::flush() {
  flush_at_ = kNever;
  if (!is_on_ || pending_.empty()) {
    return;
  }
  int error = 0;
  bool too_slow = false;
  {
    const std::lock_guard lock(mutex_);
    error = error_;
    too_slow = queue_.size() + pending_.size() > options_.max_pending;
    if (error == 0 && !too_slow) {
      queue_ += pending_;
    }
  }
  pending_.clear();
  if (error != 0) {
    stop(error_text(error));
  } else if (too_slow) {
    stop("the disk is too slow");
  } else {
    wake_.notify_one();
  }
}

void JournalWriter::stop(std::string_view why) {
  is_on_ = false;
  flush_at_ = kNever;
  pending_ = {};
  options_.log->error("journal_stopped", "the journal ends here; the proxy goes on without it",
                      {{"file", options_.path}, {"why", why}});
}

/// The thread: everything that is queued, in one piece.
void JournalWriter::write_down() {
  std::string taken;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ends_ || !queue_.empty(); });
    if (queue_.empty()) {
      return;
    }
    taken.clear();
    std::swap(taken, queue_);
    lock.unlock();
    const bool is_written = write_all(taken);
    const int error = errno;
    lock.lock();
    if (!is_written) {
      error_ = error != 0 ? error : EIO;
      queue_.clear();
    }
  }
}

/// errno tells why not.
bool JournalWriter::write_all(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace shaketable::proxy::live
