#pragma once

#include <memory>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/live/live_config.h"
#include "proxy/live/log_file.h"

namespace shaketable::proxy::live {

/// The access log of the configuration that runs, and those of former ones for as long as a worker
/// still writes to them. A file never has two writers, however often reloads go to and fro between
/// two: they would rotate it under each other. Not thread-safe: the main thread's.
class AccessLogs {
 public:
  /// The writer for such a log, null when it is off: one that still has the file, or a new one.
  /// Changes nothing yet, so that a configuration that is refused leaves no trace. Errors: the file
  /// cannot be opened.
  [[nodiscard]] Result<std::shared_ptr<LogWriter>> writer_for(const AccessLogConfig& wanted) const;
  /// What `writer_for` gave is the log from now on.
  void use(std::shared_ptr<LogWriter> writer, const AccessLogConfig& config);
  /// Closes those that nobody has any more, which waits for their disk.
  void close_unused();

  [[nodiscard]] const std::shared_ptr<LogWriter>& current() const { return current_; }
  /// Sums over all that have been used.
  [[nodiscard]] LogWriter::Counters counters() const;

 private:
  std::shared_ptr<LogWriter> current_;              ///< Null when it is off.
  std::vector<std::shared_ptr<LogWriter>> former_;  ///< None of them is `current_`.
  LogWriter::Counters closed_;                      ///< What was counted by those that are gone.
};

}  // namespace shaketable::proxy::live
