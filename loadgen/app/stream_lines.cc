#include "loadgen/app/stream_lines.h"

#include <cerrno>
#include <cstring>
#include <ostream>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace shaketable::loadgen::app {
namespace {

namespace json = boost::json;
using proxy::Duration;

constexpr Duration kInterval = std::chrono::seconds(1);

}  // namespace

StreamLines::StreamLines(const std::string& path, std::ostream& out) : path_(path), out_(out) {}

proxy::Result<void> StreamLines::open() {
  if (path_ == "-") {
    to_ = &out_;
  } else if (!path_.empty()) {
    file_.open(path_, std::ios::binary | std::ios::trunc);
    if (!file_) {
      return proxy::fail(std::string("cannot write the file: ") + std::strerror(errno), path_);
    }
    to_ = &file_;
  }
  return {};
}

void StreamLines::begin(const std::string& target, std::int64_t started_at_ms, std::uint64_t seed) {
  if (to_ == nullptr) {
    return;
  }
  const json::object line{
      {"type", "begin"}, {"target", target}, {"started_at_ms", started_at_ms}, {"seed", seed}};
  *to_ << json::serialize(line) << std::endl;
}

void StreamLines::update(const live::LiveProgress& progress) {
  if (to_ == nullptr) {
    return;
  }
  since_line_.merge(progress.news);
  last_ = {.elapsed = progress.elapsed,
           .news = {},
           .users = progress.users,
           .in_flight = progress.in_flight,
           .connections = progress.connections};
  if (progress.elapsed - last_line_ >= kInterval) {
    write_interval();
  }
}

void StreamLines::write_interval() {
  const live::LiveCounts& it = since_line_;
  json::object errors;
  for (const auto& [what, count] : it.errors.all()) {
    errors[what] = count;
  }
  const json::object line{{"type", "interval"},
                          {"from_ns", last_line_.count()},
                          {"to_ns", last_.elapsed.count()},
                          {"requests", it.requests},
                          {"failed", it.failed},
                          {"runs", it.runs},
                          {"failed_runs", it.failed_runs},
                          {"dropped", it.dropped},
                          {"bytes", it.bytes_in},
                          {"p50_ns", it.latency.percentile(500'000)},
                          {"p90_ns", it.latency.percentile(900'000)},
                          {"p99_ns", it.latency.percentile(990'000)},
                          {"max_ns", it.latency.max()},
                          {"users", last_.users},
                          {"in_flight", last_.in_flight},
                          {"connections", last_.connections},
                          {"errors", std::move(errors)}};
  *to_ << json::serialize(line) << std::endl;
  last_line_ = last_.elapsed;
  since_line_ = {};
}

void StreamLines::end(const RunResult& result) {
  if (to_ == nullptr) {
    return;
  }
  if (since_line_.requests > 0 || since_line_.runs > 0) {
    write_interval();
  }
  const RequestStats total = result.total();
  json::array thresholds;
  for (const ThresholdVerdict& it : result.thresholds) {
    thresholds.push_back(
        json::object{{"threshold", it.source}, {"holds", it.holds}, {"actual", it.actual}});
  }
  const json::object line{{"type", "end"},
                          {"elapsed_ns", result.elapsed.count()},
                          {"requests", total.requests},
                          {"failed", total.failed},
                          {"p50_ns", total.latency.quantile(500'000).count()},
                          {"p90_ns", total.latency.quantile(900'000).count()},
                          {"p99_ns", total.latency.quantile(990'000).count()},
                          {"max_ns", total.latency.max().count()},
                          {"interrupted", result.was_interrupted},
                          {"ended_early", result.ended_early},
                          {"thresholds", std::move(thresholds)}};
  *to_ << json::serialize(line) << std::endl;
}

}  // namespace shaketable::loadgen::app
