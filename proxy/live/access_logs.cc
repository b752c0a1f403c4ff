#include "proxy/live/access_logs.h"

#include <utility>

namespace shaketable::proxy::live {
namespace {

void add(LogWriter::Counters& sum, const LogWriter::Counters& more) {
  sum.file.lines_written += more.file.lines_written;
  sum.file.lines_dropped += more.file.lines_dropped;
  sum.file.errors += more.file.errors;
  sum.lines_dropped += more.lines_dropped;
}

}  // namespace

Result<std::shared_ptr<LogWriter>> AccessLogs::writer_for(const AccessLogConfig& wanted) const {
  if (wanted.format == AccessLogConfig::Format::kOff) {
    return nullptr;
  }
  if (current_ != nullptr && current_->path() == wanted.path) {
    return current_;
  }
  for (const auto& writer : former_) {
    if (writer->path() == wanted.path) {
      return writer;
    }
  }
  LogWriter::Options options;
  options.file = {wanted.path, wanted.max_bytes, wanted.keep};
  auto writer = LogWriter::make(options);
  if (!writer.has_value()) {
    return tl::unexpected<Error>(std::move(writer.error()));
  }
  return std::shared_ptr<LogWriter>(std::move(*writer));
}

void AccessLogs::use(std::shared_ptr<LogWriter> writer, const AccessLogConfig& config) {
  if (writer != nullptr) {
    writer->rotate_at(config.max_bytes, config.keep);
  }
  if (writer == current_) {
    return;
  }
  std::erase(former_, writer);
  if (current_ != nullptr) {
    former_.push_back(std::move(current_));
  }
  current_ = std::move(writer);
}

void AccessLogs::close_unused() {
  std::erase_if(former_, [this](std::shared_ptr<LogWriter>& writer) {
    if (writer.use_count() > 1) {
      return false;
    }
    writer->flush();
    add(closed_, writer->counters());
    return true;
  });
}

LogWriter::Counters AccessLogs::counters() const {
  LogWriter::Counters sum = closed_;
  for (const auto& writer : former_) {
    add(sum, writer->counters());
  }
  if (current_ != nullptr) {
    add(sum, current_->counters());
  }
  return sum;
}

}  // namespace shaketable::proxy::live
