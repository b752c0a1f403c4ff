#include "loadgen/app/progress_lines.h"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "loadgen/results/text.h"

namespace shaketable::loadgen::app {

using proxy::Duration;

namespace {

constexpr Duration kPlainInterval = std::chrono::seconds(10);
constexpr Duration kTerminalInterval = std::chrono::milliseconds(250);

}  // namespace

ProgressLines::ProgressLines(const engine::Streams& streams, const RunArguments& arguments,
                             Duration duration)
    : streams_(streams),
      is_on_(!arguments.quiet),
      tells_errors_(arguments.verbose > 0),
      duration_(duration),
      console_(duration, engine::wants_color(arguments.color, streams.err_is_terminal, streams)) {}

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
  if (!is_on_) {
    return;
  }
  if (streams_.err_is_terminal) {
    console_.add(progress);
    if (progress.elapsed - drawn_at_ >= kTerminalInterval) {
      drawn_at_ = progress.elapsed;
      draw();
    }
    return;
  }
  const Duration interval = progress.elapsed - last_line_;
  if (interval >= kPlainInterval) {
    streams_.err << text(progress, interval) << std::endl;
    last_line_ = progress.elapsed;
    since_line_ = {};
  }
}

void ProgressLines::draw() {
  std::string block;
  const std::vector<std::string> lines = console_.lines(std::max<std::size_t>(streams_.width, 30));
  if (drawn_lines_ > 0) {
    block += "\033[" + std::to_string(drawn_lines_) + 'A';
  }
  for (const std::string& line : lines) {
    block += "\r\033[K" + line + '\n';
  }
  streams_.err << block << "\033[J" << std::flush;
  drawn_lines_ = lines.size();
}

void ProgressLines::finish() {
  if (drawn_lines_ > 0) {
    streams_.err << "\033[" << drawn_lines_ << "A\r\033[J" << std::flush;
    drawn_lines_ = 0;
  }
}

}  // namespace shaketable::loadgen::app
