#include "loadgen/reports/csv_report.h"

#include <iterator>

#include <fmt/format.h>

#include "loadgen/results/text.h"
#include "reports/exports/tables.h"

namespace shaketable::loadgen {
namespace {

using reports::csv_cell;

std::string milliseconds(proxy::Duration time) {
  return fmt::format("{:.3f}", static_cast<double>(time.count()) / 1e6);
}

std::string milliseconds(std::int64_t ns) { return milliseconds(proxy::Duration(ns)); }

/// The rows of `csv_report`.
class Parts {
 public:
  Parts(const RunResult& result, const std::vector<std::uint32_t>& quantiles)
      : seconds_(proxy::to_seconds(result.elapsed)), quantiles_(quantiles) {
    out_ = "load,kind,name,requests,failed,requests_per_second,bytes,min_ms,mean_ms";
    for (const std::uint32_t ppm : quantiles_) {
      out_ += ',' + quantile_name(ppm) + "_ms";
    }
    out_ += ",max_ms\r\n";
  }

  void row(const std::string& load, const char* kind, const std::string& name,
           const RequestStats& it) {
    fmt::format_to(std::back_inserter(out_), "{},{},{},{},{},{:.3f},{},{},{}", csv_cell(load), kind,
                   csv_cell(name), it.requests, it.failed,
                   seconds_ > 0 ? static_cast<double>(it.requests) / seconds_ : 0.0, it.bytes,
                   milliseconds(it.latency.min()), milliseconds(it.latency.mean()));
    for (const std::uint32_t ppm : quantiles_) {
      out_ += ',' + milliseconds(it.latency.quantile(ppm));
    }
    out_ += ',' + milliseconds(it.latency.max()) + "\r\n";
  }

  std::string take() { return std::move(out_); }

 private:
  double seconds_;
  const std::vector<std::uint32_t>& quantiles_;
  std::string out_;
};

}  // namespace

std::string csv_report(const RunResult& result, const std::vector<std::uint32_t>& quantiles_ppm) {
  Parts parts(result, quantiles_ppm);
  parts.row("", "all", "", result.total());
  for (const LoadStats& load : result.loads) {
    parts.row(load.name, "load", load.name, load.total);
    for (const JourneyStats& it : load.journeys) {
      parts.row(load.name, "journey", it.name, it.requests);
    }
    for (const RequestStats& it : load.steps) {
      parts.row(load.name, "step", it.name, it);
    }
    for (const RequestStats& it : load.tags) {
      parts.row(load.name, "tag", it.name, it);
    }
  }
  return parts.take();
}

std::string csv_series(const RunResult& result) {
  std::string out = "second,load,requests,failed,bytes,users,p50_ms,p90_ms,p99_ms,max_ms\r\n";
  for (const LoadStats& load : result.loads) {
    const std::int64_t step = load.series.interval() / std::chrono::seconds(1);
    std::int64_t second = 0;
    for (const TimePoint& it : load.series.points()) {
      fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{}\r\n", second,
                     csv_cell(load.name), it.requests, it.failed, it.bytes, it.users,
                     milliseconds(it.latency.percentile(500'000)),
                     milliseconds(it.latency.percentile(900'000)),
                     milliseconds(it.latency.percentile(990'000)), milliseconds(it.latency.max()));
      second += step;
    }
  }
  return out;
}

}  // namespace shaketable::loadgen
