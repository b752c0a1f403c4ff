#pragma once

#include <cstdint>
#include <fstream>
#include <iosfwd>
#include <string>

#include "loadgen/live/live_run.h"
#include "loadgen/results/run_result.h"
#include "proxy/base/result.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::app {

/// `--ndjson`: a run as lines of JSON while it goes, for programs that watch. The first line has
/// `"type": "begin"`, then about each second `"interval"` with what happened since the line before
/// (times in nanoseconds, errors by kind), the last one `"end"`. Each line is flushed.
class StreamLines {
 public:
  /// `path`: a file, "-" = `out`, empty = nothing is written.
  StreamLines(const std::string& path, std::ostream& out);

  /// Opens the file. Fails when it cannot be written.
  [[nodiscard]] proxy::Result<void> open();
  void begin(const std::string& target, std::int64_t started_at_ms, std::uint64_t seed);
  void update(const live::LiveProgress& progress);
  void end(const RunResult& result);

 private:
  void write_interval();

  std::string path_;
  std::ostream& out_;
  std::ofstream file_;
  std::ostream* to_ = nullptr;  ///< Null = nothing is written.
  live::LiveProgress last_;     ///< Without its news, which are in ...
  live::LiveCounts since_line_;
  proxy::Duration last_line_{};
};

}  // namespace shaketable::loadgen::app
