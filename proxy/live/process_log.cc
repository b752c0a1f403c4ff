#include <utility>

#include "proxy/live/process.h"

namespace shaketable::proxy::live {

/// A full disk holds nobody up, but somebody should know. And a log that no worker has any more is
/// closed here, because that waits for its disk.
void Process::watch_access_log() {
  access_logs_.close_unused();
  const LogWriter::Counters counters = access_logs_.counters();
  if (counters.file.errors > std::exchange(access_log_errors_, counters.file.errors)) {
    log_.warning("access_log_fails", "lines are kept for a while, then dropped",
                 {{"file", loaded_.access_log.path},
                  {"errors", std::to_string(counters.file.errors)},
                  {"lines_dropped", std::to_string(counters.lines_dropped)}});
  }
}

}  // namespace shaketable::proxy::live
