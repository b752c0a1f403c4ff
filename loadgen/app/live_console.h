#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "loadgen/live/live_run.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::app {

/// What a terminal shows of a run while it goes: a few lines, drawn anew in place. Pure: it takes
/// what happened and returns lines.
class LiveConsole {
 public:
  /// `duration`: of the run; 0 = not known.
  LiveConsole(proxy::Duration duration, bool color) : duration_(duration), color_(color) {}

  /// What has happened since the last call. A point of the curves is about a second.
  void add(const live::LiveProgress& progress);
  /// The lines, none of them wider than `width` columns.
  [[nodiscard]] std::vector<std::string> lines(std::size_t width) const;

 private:
  struct Second {
    std::uint64_t requests = 0, failed = 0;
    std::int64_t p99 = 0;
    proxy::Duration length{};
  };

  void close_second();
  [[nodiscard]] std::string paint(const char* code, const std::string& text) const;
  [[nodiscard]] std::string progress_line(std::size_t width) const;
  [[nodiscard]] std::string rate_line(std::size_t width) const;
  [[nodiscard]] std::string latency_line(std::size_t width) const;
  [[nodiscard]] std::string errors_line(std::size_t width) const;

  proxy::Duration duration_;
  bool color_;
  [[nodiscard]] Second second_of(const live::LiveCounts& counts) const;
  /// What the figures are about: the last whole second, or what there is of the first one.
  [[nodiscard]] const live::LiveCounts& shown() const { return history_.empty() ? now_ : last_; }

  live::LiveCounts now_;   ///< Of the second under way.
  live::LiveCounts last_;  ///< Of the one before.
  Second last_second_;
  proxy::Duration second_began_{};
  proxy::Duration elapsed_{};
  std::uint64_t users_ = 0, in_flight_ = 0, connections_ = 0;
  std::uint64_t requests_ = 0, failed_ = 0, dropped_ = 0;
  ErrorCounts errors_;
  std::deque<Second> history_;
};

/// Values as a row of block signs, the last `columns` of them, scaled to the greatest.
[[nodiscard]] std::string spark_text(const std::vector<std::uint64_t>& values, std::size_t columns);

}  // namespace shaketable::loadgen::app
