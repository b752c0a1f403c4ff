#include "loadgen/app/progress_lines.h"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "loadgen/results/text.h"

namespace shaketable::loadgen::app {

using proxy::Duration;

namespace {

constexpr Duration kPlainInterval = std::chrono::seconds(10);
constexpr Duration kTerminalInterval = std::chrono::milliseconds(500);

}  // namespace

ProgressLines::ProgressLines(const engine::Streams& streams, const RunArguments& arguments,
                             Duration duration)
    : streams_(streams),
      is_on_(!arguments.quiet),
      tells_errors_(arguments.verbose > 0),
      duration_(duration) {}

std::string ProgressLines::text(const live::LiveProgress& progress, Duration interval) const {
  const auto whole = std::chrono::floor<std::chrono::seconds>(progress.elapsed).count();
  std::string line = duration_ > Duration::zero()
                         ? fmt::format("{} of {} s", whole,
                                       std::chrono::ceil<std::chrono::seconds>(duration_).count())
                         : fmt::format("{} s", whole);
  const auto quantile = [this](std::uint32_t ppm) {
    return duration_text(Duration(since_line_.latency.percentile(ppm)));
  };
  line +=
      fmt::format("   {}/s   p50 {}  p99 {}   {} in flight   {} done   {} failed",
                  rate_text(since_line_.requests, interval), quantile(500'000), quantile(990'000),
                  progress.in_flight, count_text(requests_), count_text(failed_));
  if (!since_line_.last_error.empty()) {
    line += "   (" + plain_text(since_line_.last_error, 60) + ")";
  }
  return line;
}

void ProgressLines::update(const live::LiveProgress& progress) {
  since_line_.merge(progress.news);
  requests_ += progress.news.requests;
  failed_ += progress.news.failed;
  if (tells_errors_ && !progress.news.last_error.empty()) {
    finish();
    streams_.err << plain_text(progress.news.last_error, 200) << std::endl;
  }
  const Duration interval = progress.elapsed - last_line_;
  const bool is_terminal = streams_.err_is_terminal;
  if (!is_on_ || interval < (is_terminal ? kTerminalInterval : kPlainInterval)) {
    return;
  }
  std::string line = text(progress, interval);
  if (is_terminal) {
    line = line.substr(0, std::max<std::size_t>(streams_.width, 20) - 1);
    streams_.err << "\r\033[K" << line << std::flush;
    is_drawn_ = true;
  } else {
    streams_.err << line << std::endl;
  }
  last_line_ = progress.elapsed;
  since_line_ = {};
}

void ProgressLines::finish() {
  if (is_drawn_) {
    streams_.err << "\r\033[K" << std::flush;
    is_drawn_ = false;
  }
}

}  // namespace shaketable::loadgen::app
