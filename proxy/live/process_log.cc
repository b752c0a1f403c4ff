#include <algorithm>
#include <utility>

#include "proxy/live/process.h"

// The access log: which file it is, and what becomes of it when the configuration names another.
namespace shaketable::proxy::live {
namespace {

void add(LogWriter::Counters& sum, const LogWriter::Counters& more) {
  sum.file.lines_written += more.file.lines_written;
  sum.file.lines_dropped += more.file.lines_dropped;
  sum.file.errors += more.file.errors;
  sum.lines_dropped += more.lines_dropped;
}

}  // namespace

/// The one that is open, when it is for the same file; null when the log is off.
Result<std::shared_ptr<LogWriter>> Process::access_log_for(const AccessLogConfig& wanted) {
  if (wanted.format == AccessLogConfig::Format::kOff) {
    return nullptr;
  }
  const AccessLogConfig& open = loaded_.access_log;
  if (access_log_ != nullptr && open.path == wanted.path && open.max_bytes == wanted.max_bytes &&
      open.keep == wanted.keep) {
    return access_log_;
  }
  LogWriter::Options options;
  options.file = {wanted.path, wanted.max_bytes, wanted.keep};
  auto writer = LogWriter::make(options);
  if (!writer.has_value()) {
    return tl::unexpected<Error>(std::move(writer.error()));
  }
  return std::shared_ptr<LogWriter>(std::move(*writer));
}

void Process::use_access_log(std::shared_ptr<LogWriter> writer) {
  if (writer == access_log_) {
    return;
  }
  if (access_log_ != nullptr) {
    former_logs_.push_back(std::move(access_log_));
  }
  access_log_ = std::move(writer);
}

LogWriter::Counters Process::access_log_counters() const {
  LogWriter::Counters sum = closed_logs_;
  for (const auto& writer : former_logs_) {
    add(sum, writer->counters());
  }
  if (access_log_ != nullptr) {
    add(sum, access_log_->counters());
  }
  return sum;
}

/// A full disk holds nobody up, but somebody should know. And a log that no worker has any more is
/// closed here, because that waits for its disk.
void Process::watch_access_log() {
  std::erase_if(former_logs_, [this](std::shared_ptr<LogWriter>& writer) {
    if (writer.use_count() > 1) {
      return false;
    }
    writer->flush();
    add(closed_logs_, writer->counters());
    return true;
  });
  const LogWriter::Counters counters = access_log_counters();
  if (counters.file.errors > std::exchange(access_log_errors_, counters.file.errors)) {
    log_.warning("access_log_fails", "lines are kept for a while, then dropped",
                 {{"file", loaded_.access_log.path},
                  {"errors", std::to_string(counters.file.errors)},
                  {"lines_dropped", std::to_string(counters.lines_dropped)}});
  }
}

}  // namespace shaketable::proxy::live
