#pragma once

#include <cstddef>
#include <string>

#include "engine/cli/streams.h"
#include "loadgen/app/arguments.h"
#include "loadgen/app/live_console.h"
#include "loadgen/live/live_run.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::app {

/// How a run goes, on standard error: a console that is redrawn in place on a terminal
/// (`LiveConsole`), a line every ten seconds elsewhere. With --verbose also each error that is new
/// since the last one.
class ProgressLines {
 public:
  /// `duration`: of the run; 0 = not known.
  ProgressLines(const engine::Streams& streams, const RunArguments& arguments,
                proxy::Duration duration);

  void update(const live::LiveProgress& progress);
  /// Removes the line of a terminal.
  void finish();

 private:
  void draw();
  [[nodiscard]] std::string text(const live::LiveProgress& progress,
                                 proxy::Duration interval) const;

  const engine::Streams& streams_;
  bool is_on_;
  bool tells_errors_;
  proxy::Duration duration_;
  live::LiveCounts since_line_;
  std::uint64_t requests_ = 0;
  std::uint64_t failed_ = 0;
  proxy::Duration last_line_{};
  LiveConsole console_;
  proxy::Duration drawn_at_{};
  std::size_t drawn_lines_ = 0;  ///< On the terminal now.
};

}  // namespace shaketable::loadgen::app
